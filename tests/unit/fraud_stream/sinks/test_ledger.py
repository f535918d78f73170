from pathlib import Path

import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.sinks.ledger import KEPT_BATCHES, Ledger
from fraud_stream.sinks.warehouse import Ends, StreamEnd


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


@pytest.fixture
def ledger(checkpoint: Checkpoint) -> Ledger:
    return Ledger(checkpoint)


def ends(offset: int) -> Ends:
    return {"payments": {0: StreamEnd("projects/p/streams/a", offset), 11: StreamEnd("projects/p/streams/b", 7)}}


def test_a_new_checkpoint_has_no_ends(ledger: Ledger) -> None:
    assert ledger.before(0) is None
    assert ledger.before(5) is None


def test_a_batch_starts_with_the_ends_of_the_one_before(ledger: Ledger) -> None:
    for batch, offset in ((-1, 0), (0, 10), (1, 20)):
        ledger.record(batch, ends(offset))
    assert [ledger.before(batch) for batch in (0, 1, 2)] == [ends(0), ends(10), ends(20)]


def test_a_replayed_batch_starts_where_it_started(ledger: Ledger) -> None:
    for batch, offset in ((-1, 0), (0, 10), (1, 20)):
        ledger.record(batch, ends(offset))
    assert ledger.before(1) == ends(10)
    ledger.record(1, ends(25))
    assert (ledger.before(1), ledger.before(2)) == (ends(10), ends(25))


def test_a_batch_without_a_record_is_passed_over(ledger: Ledger) -> None:
    ledger.record(3, ends(30))
    assert ledger.before(7) == ends(30)


def test_batches_go_by_number_not_by_text(ledger: Ledger) -> None:
    for batch in (9, 10):
        ledger.record(batch, ends(batch))
    assert ledger.before(11) == ends(10)


def test_old_batches_are_forgotten_and_enough_kept(ledger: Ledger, checkpoint: Checkpoint) -> None:
    for batch in range(-1, 2 * KEPT_BATCHES + 1):
        ledger.record(batch, ends(batch))
    kept = checkpoint.batches("warehouse")
    assert kept == list(range(KEPT_BATCHES, 2 * KEPT_BATCHES + 1))
    assert ledger.before(2 * KEPT_BATCHES) == ends(2 * KEPT_BATCHES - 1)


def test_a_file_half_written_by_a_crash_is_no_batch(checkpoint: Checkpoint, ledger: Ledger) -> None:
    ledger.record(0, ends(1))
    checkpoint.write("warehouse/1.json.tmp", b"{")
    assert checkpoint.batches("warehouse") == [0]


def test_the_batch_that_follows_asks_no_file(ledger: Ledger, checkpoint: Checkpoint) -> None:
    ledger.record(3, ends(30))
    checkpoint.delete("warehouse/3.json")
    assert ledger.before(4) == ends(30)
    assert ledger.before(5) is None  # a batch is missing: only the files can tell
