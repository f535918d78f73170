import json
from datetime import timedelta

import pytest

from fraud.health.gauges import hit_metrics
from fraud.health.stream import Detection, detection, detection_hits, hits_field, status_values
from tests.builders import NOON

PROGRESS = {
    "batch_id": 7,
    "input_rows": 100,
    "rows_per_second": 50.0,
    "offsets_behind": 500,
    "durations_ms": {"triggerExecution": 2_000},
    "state_bytes": 4_096,
    "standing_s": 1.5,
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
        "stream_lag_seconds": 20,
        "state_bytes": 4_096,
        "partition_standing_seconds": 1.5,
    }


def test_what_is_unread_is_counted_up_to_the_ends_that_kafka_tells() -> None:
    told = {"progress": json.dumps(PROGRESS | {"offsets_behind": 0, "ends": {"payment-events": {"0": 10, "1": 5}}})}
    assert status_values(told, NOON)["offsets_behind"] == 0
    assert status_values(told, NOON, {"0": 17, "1": 5, "2": 3})["offsets_behind"] == 10


def test_what_a_job_of_an_earlier_release_left_there_is_passed_over() -> None:
    earlier = PROGRESS | {"watermark": "2026-03-01T11:55:00.000Z"}
    assert status_values({"progress": json.dumps(earlier)}, NOON) == status_values(
        {"progress": json.dumps(PROGRESS)}, NOON
    )


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


@pytest.mark.parametrize(("age", "seconds"), [(1, 2), (45, 45)])
def test_no_lag_is_younger_than_the_report_that_tells_it(age: int, seconds: float) -> None:
    status = {"read_up_to_ms": "0", "lag_ms": "2000", "reported_at": str(int(NOON.timestamp()) - age)}
    assert status_values(status, NOON)["stream_lag_seconds"] == seconds


@pytest.mark.parametrize(
    ("age_s", "fares"), [(None, Detection.AWAITED), (19.0, Detection.SPEAKING), (21.0, Detection.SILENT)]
)
def test_a_detection_that_says_nothing_for_long_is_silent(age_s: float | None, fares: Detection) -> None:
    assert detection(age_s) is fares


def test_a_job_that_never_ran_has_no_figures() -> None:
    assert status_values({}, NOON) == {}


def test_hits_are_told_by_detection() -> None:
    status = {"since": "1", "accepted": "9", hits_field("geo-change"): "3", hits_field("a"): "1"}
    hits = detection_hits(status)
    assert hits == {"geo-change": 3, "a": 1}
    assert hit_metrics(hits).splitlines()[2:] == [
        'fraud_detection_hits_total{detection="a"} 1',
        'fraud_detection_hits_total{detection="geo-change"} 3',
    ]
    assert hit_metrics({}) == ""
