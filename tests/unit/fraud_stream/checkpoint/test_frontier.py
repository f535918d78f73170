from datetime import timedelta
from pathlib import Path

import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import KEPT_BATCHES, Frontier, Reached, latest_appends
from tests.builders import NOON, masked_table, received_row

NOON_US = int(NOON.timestamp()) * 1_000_000


@pytest.fixture
def frontier(tmp_path: Path) -> Frontier:
    return Frontier(Checkpoint.at(str(tmp_path)))


def test_before_anything_was_read_it_is_1970(frontier: Frontier) -> None:
    assert frontier.before(0) == Reached(0, {})


def test_a_batch_sees_what_the_one_before_reached_however_often_it_comes(frontier: Frontier) -> None:
    frontier.record(0, first := Reached(NOON_US, {0: 5}))
    frontier.record(1, second := first.followed_by(NOON_US + 1, {1: 7}))
    assert [frontier.before(1), frontier.before(2)] == [first, second]
    assert second == Reached(NOON_US + 1, {0: 5, 1: 7})


def test_a_batch_without_records_changes_nothing(frontier: Frontier) -> None:
    frontier.record(0, reached := Reached(NOON_US, {}))
    assert frontier.before(3) == reached


def test_old_batches_are_forgotten_and_enough_kept(frontier: Frontier, tmp_path: Path) -> None:
    for batch in range(KEPT_BATCHES + 2):
        frontier.record(batch, Reached(NOON_US + batch))
    kept = sorted(int(path.stem) for path in (tmp_path / "frontier").iterdir())
    assert kept == list(range(2, KEPT_BATCHES + 2))


def test_each_partition_counts_by_its_last_record() -> None:
    rows = [
        received_row(kafka_partition=1, kafka_offset=5, kafka_timestamp=NOON + timedelta(seconds=1)),
        received_row(kafka_partition=1, kafka_offset=4),
        received_row(kafka_partition=3, kafka_timestamp=NOON + timedelta(microseconds=1999)),
    ]
    assert latest_appends(masked_table(*rows)) == {1: NOON_US + 1_000_000, 3: NOON_US + 1_999}


def test_the_batch_that_follows_asks_no_file(frontier: Frontier, tmp_path: Path) -> None:
    frontier.record(0, reached := Reached(NOON_US))
    (tmp_path / "frontier/0.json").unlink()
    assert frontier.before(1) == reached
