from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_stream.stages.enrichment import settle
from tests.builders import NOON, feature_row, masked_table, received_row, rejected_row, stream_table

WATERMARK_MS = 1_772_366_400_000
AT_WATERMARK = datetime.fromtimestamp(WATERMARK_MS / 1000, UTC)
JUST_ABOVE = AT_WATERMARK + timedelta(microseconds=1)
LATE_ROW = received_row(
    disposition="LATE", reason="APPEND_TIME", watermark_time=datetime(1970, 1, 1, tzinfo=UTC), event_time=AT_WATERMARK
)


def settled(*rows: dict[str, object], late_below: int = WATERMARK_MS) -> list[dict[str, object]]:
    received = [row for row in rows if "velocity_60s" not in row]
    features = [row for row in rows if "velocity_60s" in row]
    found: list[dict[str, object]] = settle(masked_table(*received), stream_table(*features), late_below).to_pylist()
    return found


@pytest.mark.parametrize(
    ("rows", "disposition", "reason", "field"),
    [
        pytest.param([received_row(watermark_time=JUST_ABOVE), feature_row()], "ACCEPTED", None, None, id="elected"),
        pytest.param([received_row(watermark_time=JUST_ABOVE)], "DUPLICATE", None, None, id="not elected"),
        pytest.param([received_row(watermark_time=AT_WATERMARK)], "LATE", "WATERMARK", None, id="at the watermark"),
        pytest.param(
            [received_row(watermark_time=AT_WATERMARK - timedelta(minutes=1))],
            "LATE",
            "WATERMARK",
            None,
            id="below the watermark",
        ),
        pytest.param([LATE_ROW], "LATE", "APPEND_TIME", None, id="late already"),
        pytest.param([rejected_row()], "REJECTED", "INVALID_FIELD", "amount", id="rejected already"),
    ],
)
def test_every_position_has_one_disposition(
    rows: list[dict[str, object]], disposition: str, reason: str | None, field: str | None
) -> None:
    [row] = settled(*rows)
    assert (row["disposition"], row["reason"], row["field"]) == (disposition, reason, field)


def test_before_the_first_watermark_nothing_is_late() -> None:
    [row] = settled(received_row(), late_below=0)
    assert row["disposition"] == "DUPLICATE"


def test_an_accepted_row_carries_its_features_and_its_event() -> None:
    features = feature_row(velocity_60s=4, velocity_5m=9, velocity_complete=False, region_changed=True, peers='["A"]')
    [row] = settled(received_row(), features)
    assert row | {"ingested_at": NOON} == dict.fromkeys(row) | received_row() | features | {"disposition": "ACCEPTED"}


def test_a_row_that_was_not_elected_carries_no_features() -> None:
    [row] = settled(received_row(watermark_time=JUST_ABOVE))
    assert {row[name] for name in ("velocity_60s", "velocity_5m", "velocity_complete", "peers")} == {None}


def test_no_rows_settle_to_none() -> None:
    assert settled() == []


POSITIONS = st.tuples(st.sampled_from([0, 1, 65_535]), st.sampled_from([0, 1, 2, 3, 2**31, 2**47 - 1]))


@settings(max_examples=30)
@given(st.sets(POSITIONS, min_size=1), st.data())
def test_features_find_their_position_in_any_order(positions: set[tuple[int, int]], data: st.DataObject) -> None:
    elected = data.draw(st.sets(st.sampled_from(sorted(positions))))
    at = {position: {"kafka_partition": position[0], "kafka_offset": position[1]} for position in positions}
    received = [received_row(**at[position], watermark_time=NOON) for position in positions]
    features = [feature_row(**at[position], velocity_60s=1 + position[1]) for position in elected]
    rows = settled(*data.draw(st.permutations([*received, *features])), late_below=0)
    assert [(row["kafka_partition"], row["kafka_offset"], row["disposition"], row["velocity_60s"]) for row in rows] == [
        (*position, *(("ACCEPTED", 1 + position[1]) if position in elected else ("DUPLICATE", None)))
        for position in sorted(positions)
    ]
