"""A batch that comes again is masked with the key of the first time; a new key rules what follows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.key_version import FOLDER, KeyVersions


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


def begun(checkpoint: Checkpoint, batch: int, masking: Callable[[], str]) -> str:
    """Begin a batch as Spark does, in a new process, and return its version."""
    versions = KeyVersions(checkpoint, masking)
    checkpoint.write(f"offsets/{batch}", b"v1")
    return versions.of(batch)


def test_a_batch_keeps_its_version_when_it_comes_again(checkpoint: Checkpoint) -> None:
    assert begun(checkpoint, 7, lambda: "1") == "1"
    assert [begun(checkpoint, batch, lambda: "2") for batch in (7, 8, 7)] == ["1", "2", "1"]


def test_a_running_job_takes_a_new_key_with_its_next_batch(checkpoint: Checkpoint) -> None:
    masking = iter(["1", "1", "2", "2"])
    versions = KeyVersions(checkpoint, lambda: next(masking))
    assert [versions.of(batch) for batch in range(4)] == ["1", "1", "2", "2"]


def test_a_file_stands_for_a_change_not_for_a_batch(checkpoint: Checkpoint) -> None:
    versions = KeyVersions(checkpoint, lambda: "1")
    for batch in range(50):
        versions.of(batch)
    assert checkpoint.batches(FOLDER) == [0]
