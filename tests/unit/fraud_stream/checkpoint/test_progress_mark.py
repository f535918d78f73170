from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fraud_service.stores.files import files_at
from fraud_service.stores.last_progress import LastProgress, Progress
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.progress_mark import Ends, ProgressMark

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ENDS: Ends = {"payment-events": {"0": 7}}
FURTHER: Ends = {"payment-events": {"0": 8}}


def test_the_functions_read_what_the_job_writes(tmp_path: Path) -> None:
    said = [(0, ENDS), (59, ENDS), (60, ENDS), (65, FURTHER), (70, FURTHER)]
    progress, clock = LastProgress(files_at(str(tmp_path), "project")), iter([second for second, _ in said])
    mark = ProgressMark(Checkpoint.at(str(tmp_path)), lambda: NOON + timedelta(seconds=next(clock)))
    assert progress.read() is None
    seen = []
    for _, ends in said:
        mark(ends)
        told = progress.read()
        assert told is not None
        seen.append((int((told.moved_at - NOON).total_seconds()), told.ends))
    assert seen == [(0, ENDS), (0, ENDS), (60, ENDS), (60, ENDS), (70, FURTHER)]


def test_a_checkpoint_that_is_away_costs_the_stream_nothing(tmp_path: Path) -> None:
    (tmp_path / "last_progress.tmp").mkdir()
    with capture_logs() as said:
        ProgressMark(Checkpoint.at(str(tmp_path)), lambda: NOON)(ENDS)
    assert [line["event"] for line in said] == ["progress_not_marked"]


@pytest.mark.parametrize(
    "foreign", [b"soon", b'{"moved_at": "2026-11-30T12:00:00"}', b"", b"[]", b"\xff", b'{"moved_at": 7}'], ids=str
)
def test_what_is_no_progress_tells_nothing(tmp_path: Path, foreign: bytes) -> None:
    (tmp_path / "last_progress").write_bytes(foreign)
    assert LastProgress(files_at(str(tmp_path), "project")).read() is None


def test_ends_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "last_progress").write_text('{"moved_at": "2026-11-30T12:00:00Z"}')
    assert LastProgress(files_at(str(tmp_path), "project")).read() == Progress(NOON)
