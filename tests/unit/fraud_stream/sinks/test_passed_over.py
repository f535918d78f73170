from datetime import datetime, timedelta

import pyarrow as pa

from fraud_stream.sinks.passed_over import clock_offsets, reasons
from fraud_stream.stages.masking import TIMESTAMP
from tests.builders import NOON

ROWS: list[tuple[str, str | None, str | None, datetime | None]] = [
    ("ACCEPTED", None, None, NOON),
    ("DUPLICATE", None, None, NOON - timedelta(minutes=50)),
    ("LATE", "APPEND_TIME", None, NOON - timedelta(hours=5)),
    ("LATE", "APPEND_TIME", None, NOON - timedelta(hours=5, seconds=20)),
    ("REJECTED", "FUTURE_CLOCK", "event_time", NOON + timedelta(hours=1)),
    ("REJECTED", "NOT_JSON", None, None),
]


def received(rows: list[tuple[str, str | None, str | None, datetime | None]]) -> pa.Table:
    disposition, reason, field, event_time = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
    return pa.table(
        {
            "disposition": pa.array(disposition, pa.string()),
            "reason": pa.array(reason, pa.string()),
            "field": pa.array(field, pa.string()),
            "event_time": pa.array(event_time, TIMESTAMP),
            "kafka_timestamp": pa.array([NOON] * len(rows), TIMESTAMP),
        }
    )


def test_what_is_late_or_rejected_is_told_by_reason_and_clock() -> None:
    assert reasons(received(ROWS)) == {
        "LATE APPEND_TIME": 2,
        "REJECTED FUTURE_CLOCK event_time": 1,
        "REJECTED NOT_JSON": 1,
    }
    assert clock_offsets(received(ROWS)) == {-300: 2, 60: 1}


def test_where_all_is_well_there_is_nothing_to_tell() -> None:
    for rows in (ROWS[:2], []):
        assert (reasons(received(rows)), clock_offsets(received(rows))) == ({}, {})


def test_the_commonest_offsets_are_told_alone() -> None:
    late = [("LATE", "APPEND_TIME", None, NOON - timedelta(minutes=61 + number)) for number in range(50)]
    told = clock_offsets(received([*late, *late[7:8]]))
    assert (len(told), told[-68]) == (20, 2)
