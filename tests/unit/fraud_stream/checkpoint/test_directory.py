from pathlib import Path
from time import monotonic

import pytest

from fraud_stream.checkpoint.directory import Checkpoint


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


def test_a_file_that_is_not_there_is_none(checkpoint: Checkpoint) -> None:
    assert checkpoint.read("warehouse/1.json") is None
    assert checkpoint.batches("warehouse") == []


def test_a_deleted_file_is_gone(checkpoint: Checkpoint) -> None:
    checkpoint.write("warehouse/1.json", b"one")
    checkpoint.delete("warehouse/1.json")
    assert checkpoint.read("warehouse/1.json") is None


def test_a_file_appears_whole_and_can_be_written_again(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.write("warehouse/1.json", b"one")
    checkpoint.write("warehouse/1.json", b"two")
    assert checkpoint.read("warehouse/1.json") == b"two"
    assert [path.name for path in (tmp_path / "checkpoint/warehouse").iterdir()] == ["1.json"]


def test_a_bucket_that_is_away_is_given_up_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fraud_stream.checkpoint.directory.OUTAGE_S", 1)
    begun = monotonic()
    with pytest.raises(OSError, match="Retry policy exhausted"):
        Checkpoint.at("gs://anonymous@bucket/path?scheme=http&endpoint_override=127.0.0.1:1").read("lease")
    assert monotonic() - begun < 60


def test_files_of_others_are_passed_over(tmp_path: Path) -> None:
    checkpoint = Checkpoint.at(str(tmp_path))
    for name in ("-1.json", "7.json", "notes.json", "8.json.bak", "٩.json", "1e3.json", "12.txt"):
        checkpoint.write(f"frontier/{name}", b"{}")
    assert checkpoint.batches("frontier") == [-1, 7]
