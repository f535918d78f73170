"""A batch that comes again is masked with the key of the first time; a new key rules what follows."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.key_version import FOLDER, KEPT, KeyVersions, running_batch


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


def test_a_batch_keeps_its_version_when_it_comes_again(checkpoint: Checkpoint) -> None:
    assert KeyVersions(checkpoint).of(7, "1") == "1"
    again = Checkpoint.at(checkpoint.path)  # another process, after a kill
    assert [KeyVersions(again).of(batch, "2") for batch in (7, 8, 7)] == ["1", "2", "1"]
    assert KeyVersions(checkpoint).of(8, "1") == "2"


def test_of_many_tasks_at_once_with_two_keys_one_decides(checkpoint: Checkpoint) -> None:
    with ThreadPoolExecutor(8) as pool:
        for batch in range(20):
            asked = [pool.submit(KeyVersions(checkpoint).of, batch, str(1 + number % 2)) for number in range(8)]
            assert len({one.result() for one in asked}) == 1


def test_old_decisions_do_not_pile_up(checkpoint: Checkpoint) -> None:
    for batch in range(5 * KEPT):
        KeyVersions(checkpoint).of(batch, "1")
    assert checkpoint.numbers(FOLDER) == list(range(4 * KEPT, 5 * KEPT))


def test_outside_a_streaming_task_there_is_no_batch() -> None:
    with pytest.raises(RuntimeError, match="streaming query"):
        running_batch()
