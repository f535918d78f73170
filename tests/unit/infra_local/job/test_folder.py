from pathlib import Path

from infra.local.job.folder import BatchFolder


def test_the_process_is_that_of_the_batch_that_runs(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path / "dataproc")
    assert folder.process() is None
    folder.tell_process(7)
    assert BatchFolder(tmp_path / "dataproc").process() == 7
    folder.tell_process(None)
    assert folder.process() is None
