from datetime import UTC, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from fraud_service.supervision.markers import StopMarkers, files_at
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.progress_mark import ProgressMark

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_the_supervisor_reads_what_the_job_writes_once_a_minute(tmp_path: Path) -> None:
    moments = [NOON, NOON + timedelta(seconds=59), NOON + timedelta(seconds=60)]
    markers, clock = StopMarkers(files_at(str(tmp_path), "project")), iter(moments)
    mark = ProgressMark(Checkpoint.at(str(tmp_path)), lambda: next(clock))
    assert markers.moved_at() is None
    seen = []
    for _ in moments:
        mark()
        seen.append(markers.moved_at())
    assert seen == [NOON, NOON, NOON + timedelta(seconds=60)]


def test_a_checkpoint_that_is_away_costs_the_stream_nothing(tmp_path: Path) -> None:
    (tmp_path / "last_progress.tmp").mkdir()
    with capture_logs() as said:
        ProgressMark(Checkpoint.at(str(tmp_path)), lambda: NOON)()
    assert [line["event"] for line in said] == ["progress_not_marked"]


def test_what_is_no_moment_tells_nothing(tmp_path: Path) -> None:
    markers = StopMarkers(files_at(str(tmp_path), "project"))
    for foreign in ("soon", "2026-11-30T12:00:00", ""):
        (tmp_path / "last_progress").write_text(foreign)
        assert markers.moved_at() is None
