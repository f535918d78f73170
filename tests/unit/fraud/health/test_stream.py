import json
from datetime import timedelta

import pytest

from fraud.health.stream import status_values
from tests.builders import NOON

PROGRESS = {
    "batch_id": 7,
    "input_rows": 100,
    "rows_per_second": 50.0,
    "offsets_behind": 500,
    "durations_ms": {"triggerExecution": 2_000},
    "watermark": "2026-03-01T11:55:00.000Z",
    "state_bytes": 4_096,
}


def test_a_status_is_read_into_figures() -> None:
    status = {
        "since": "1",
        "accepted": "95",
        "duplicate": "5",
        "reported_at": str(int(NOON.timestamp()) - 20),
        "progress": json.dumps(PROGRESS),
        "read_up_to_ms": str(int(NOON.timestamp() * 1000) - 12_000),
        "lag_ms": "700",
    }
    assert status_values(status, NOON) == {
        "accepted_total": 95,
        "duplicates_total": 5,
        "late_total": 0,
        "dead_letters_total": 0,
        "duplicate_ratio": 0.05,
        "progress_age_seconds": 20,
        "offsets_behind": 500,
        "events_per_second": 50,
        "batch_seconds": 2,
        "stream_lag_seconds": 12,
        "state_bytes": 4_096,
        "watermark_lag_seconds": timedelta(minutes=5).total_seconds(),
    }


@pytest.mark.parametrize(
    "changes", [{"watermark": None}, {"watermark": "1970-01-01T00:00:00.000Z"}, {"rows_per_second": 0.0}]
)
def test_a_stream_that_has_seen_nothing_has_no_watermark_and_no_rate(changes: dict[str, object]) -> None:
    values = status_values({"progress": json.dumps(PROGRESS | changes)}, NOON)
    assert values.get("watermark_lag_seconds", 300) == 300
    assert values["offsets_behind"] == 500


@pytest.mark.parametrize(
    ("behind", "seconds"), [(1, 360), (0, 2)], ids=["what is unread grows older", "nothing is unread"]
)
def test_the_lag_is_an_age_that_grows_while_anything_is_unread(behind: int, seconds: float) -> None:
    status = {
        "read_up_to_ms": str(int(NOON.timestamp() * 1000)),
        "lag_ms": "2000",
        "progress": json.dumps(PROGRESS | {"offsets_behind": behind}),
    }
    later = NOON + timedelta(minutes=6)
    assert status_values(status, later)["stream_lag_seconds"] == seconds


def test_a_job_that_never_ran_has_no_figures() -> None:
    assert status_values({}, NOON) == {}
