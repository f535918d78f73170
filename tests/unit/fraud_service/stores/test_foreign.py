from datetime import UTC, datetime
from pathlib import Path

from structlog.testing import capture_logs

from fraud_service.stores.files import files_at
from fraud_service.stores.foreign import ours
from fraud_service.supervision.markers import StopMarkers


def test_what_can_be_read_is_returned_and_the_rest_counted_without_its_content() -> None:
    with capture_logs() as said:
        assert ours("redis.x", ["1", "4111111111111111x", "3"], int) == [("1", 1), ("3", 3)]
    assert said == [
        {
            "event": "foreign_entry",
            "log_level": "warning",
            "store": "redis.x",
            "entries": 1,
            "errors": ["ValueError"],
        }
    ]


def test_where_all_is_ours_nothing_is_said() -> None:
    with capture_logs() as said:
        assert ours("redis.x", [], int) == []
        assert ours("redis.x", ["7"], int) == [("7", 7)]
    assert said == []


def test_a_stop_marker_that_tells_no_moment_is_of_long_ago(tmp_path: Path) -> None:
    (tmp_path / "stop").mkdir()
    (tmp_path / "stop" / "b-1").write_bytes(b"\xff")
    (tmp_path / "stop" / "b-2").write_text("2026-11-30T12:00:00+00:00")
    asked = StopMarkers(files_at(str(tmp_path), "project")).asked(["b-1", "b-2", "b-3"])
    assert sorted(asked) == ["b-1", "b-2"]
    assert asked["b-1"] < datetime(2000, 1, 1, tzinfo=UTC) < asked["b-2"]
