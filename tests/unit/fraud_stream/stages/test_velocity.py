from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import Row
from pyspark.sql.streaming.state import GroupState
from pyspark.sql.types import BinaryType, IntegerType, StructField, StructType

from fraud.scoring.velocity import MAX_PEERS
from fraud_stream.stages import velocity
from fraud_stream.stages.velocity import STATE_VERSION, Recent, add_velocity, advance, decode_state, encode_state
from fraud_stream.stages.window import Charges
from tests.unit.fraud_stream.charges import START, in_any_order, in_order
from tests.unit.fraud_stream.velocity_oracle import MINUTE, SECOND, Charge, Expected, expected

FEW = settings(max_examples=25)  # each example is several pandas and Arrow batches
BATCH = ["kafka_partition", "kafka_offset"]


def frame(charges: Sequence[Charge], first: int = 0) -> pd.DataFrame:
    """Return charges as the operator gets them, offsets from `first`, in order of position."""
    appended = [charge.at if charge.appended_at is None else charge.appended_at for charge in charges]
    offsets = list(range(first, first + len(charges)))
    columns = {
        "transaction_id": [f"T{offset}" for offset in offsets],
        "kafka_partition": np.array([charge.partition for charge in charges], np.int32),
        "kafka_offset": np.array(offsets, np.int64),
        "sender": np.array([charge.sender for charge in charges], np.int64),
        "at": np.array([charge.at for charge in charges], np.int64),
        "appended_at": np.array(appended, np.int64),
        "region": np.array([charge.region for charge in charges], np.int32),
        "device": np.array([charge.device for charge in charges], np.int32),
    }
    return pd.DataFrame(columns).sort_values(BATCH)


@dataclass(frozen=True)
class Seen:
    """The features of one event as the operator yields them."""

    velocity_60s: int
    velocity_5m: int
    velocity_complete: bool
    region_changed: bool
    devices_changed: bool
    peers: list[str] | None


def seen(table: pd.DataFrame) -> list[Seen]:
    """Return the features by offset."""
    ordered = table.sort_values("kafka_offset")
    *columns, peers = (ordered[field.name].tolist() for field in fields(Seen))
    return [Seen(*values) for values in zip(*columns, map(_ids, peers), strict=True)]


def _ids(text: object) -> list[str] | None:
    return msgspec.json.decode(text, type=list[str]) if isinstance(text, str) else None


def run(charges: Sequence[Charge], cuts: Iterable[int] = ()) -> tuple[list[Seen], Recent]:
    """Return the features of a history that comes in batches cut before `cuts`, by offset, and what is remembered.

    State is written and read again between batches, as Spark does.
    """
    edges = sorted({0, *cuts, len(charges)})
    recent, tables = velocity._nothing(), []
    for start, stop in pairwise(edges):
        table, recent = advance(recent, frame(charges[start:stop], start))
        recent = decode_state(*encode_state(recent))
        tables.append(table)
    return [row for table in tables for row in seen(table)], recent


def cut(charges: Sequence[Charge], data: st.DataObject) -> set[int]:
    return data.draw(st.sets(st.integers(1, max(1, len(charges) - 1)), max_size=4))


@FEW
@given(in_order(), st.data())
def test_how_a_history_in_order_is_cut_changes_nothing(charges: list[Charge], data: st.DataObject) -> None:
    whole, remembered = run(charges)
    parts, left = run(charges, cut(charges, data))
    assert whole == parts
    assert {row.velocity_complete for row in whole} == {True}
    assert remembered.clocks == left.clocks
    assert sorted(remembered.ids.to_pylist()) == sorted(left.ids.to_pylist())


@FEW
@given(in_any_order(), st.data())
def test_what_is_called_complete_is_right_in_any_order(charges: list[Charge], data: st.DataObject) -> None:
    cuts = cut(charges, data)
    found, _ = run(charges, cuts)
    for start, stop in pairwise(sorted({0, *cuts, len(charges)})):
        right = [expected(charges[:stop], offset) for offset in range(start, stop)]
        for row, wanted in zip(found[start:stop], right, strict=True):
            assert not row.velocity_complete or features(row) == features(wanted)


def features(row: Seen | Expected) -> tuple[int, int, bool, bool]:
    return row.velocity_60s, row.velocity_5m, row.region_changed, row.devices_changed


@FEW
@given(in_any_order(), st.data())
def test_no_more_than_seven_minutes_are_remembered(charges: list[Charge], data: st.DataObject) -> None:
    _, recent = run(charges, cut(charges, data))
    latest = {
        partition: max(charge.at for charge in charges if charge.partition == partition)
        for partition in {charge.partition for charge in charges}
    }
    assert recent.clocks == latest
    needed = [f"T{at}" for at, charge in enumerate(charges) if charge.at > latest[charge.partition] - 7 * MINUTE]
    assert set(recent.ids.to_pylist()) == set(needed)
    assert len(recent.ids) == len(recent.charges) == len(needed)


def test_an_hour_of_one_busy_sender_leaves_seven_minutes() -> None:
    charges = [Charge(1, START + 10 * second * SECOND) for second in range(360)]
    _, recent = run(charges, range(0, len(charges), 60))
    assert len(recent.charges) == 42


@pytest.mark.parametrize(
    ("behind", "complete"),
    [
        pytest.param(0, True, id="in order"),
        pytest.param(2 * MINUTE, True, id="two minutes behind"),
        pytest.param(2 * MINUTE + 1, False, id="a microsecond more"),
        pytest.param(30 * MINUTE, False, id="half an hour behind"),
    ],
)
@pytest.mark.parametrize("cuts", [[], [1]], ids=["one batch", "two batches"])
def test_an_event_far_out_of_order_is_flagged(behind: int, cuts: list[int], *, complete: bool) -> None:
    found, _ = run([Charge(1, START), Charge(1, START - behind)], cuts)
    assert [row.velocity_complete for row in found] == [True, complete]
    assert found[1].velocity_60s == (2 if behind == 0 else 1)


def test_another_partition_s_clock_makes_nothing_incomplete() -> None:
    found, _ = run([Charge(1, START), Charge(2, START - 30 * MINUTE)], [1])
    assert [row.velocity_complete for row in found] == [True, True]


def test_a_fast_clock_does_not_outdate_others() -> None:
    fast = Charge(1, START + 5 * MINUTE, appended_at=START)
    found, recent = run([Charge(1, START - 6 * MINUTE), fast, Charge(1, START)], [1, 2])
    assert [row.velocity_complete for row in found] == [True, True, True]
    assert recent.clocks == {1: START}
    assert recent.ids.to_pylist() == ["T0", "T1", "T2"]


@pytest.mark.parametrize("cuts", [[], [3], [1, 2, 3, 4]], ids=["one batch", "two batches", "one event a batch"])
def test_card_testing_names_all_four(cuts: list[int]) -> None:
    found, _ = run([Charge(1, START + second * SECOND) for second in (0, 10, 20, 30, 40)], cuts)
    assert [row.velocity_60s for row in found] == [1, 2, 3, 4, 5]
    assert [row.peers for row in found] == [None, None, None, ["T0", "T1", "T2", "T3"], ["T0", "T1", "T2", "T3", "T4"]]


def test_peers_are_the_latest_hundred() -> None:
    found, _ = run([Charge(1, START + second * SECOND // 4) for second in range(150)], [60])
    assert found[-1].velocity_60s == 150
    assert MAX_PEERS == 100
    assert found[-1].peers == [f"T{offset}" for offset in range(50, 150)]
    assert found[99].peers == [f"T{offset}" for offset in range(100)]


@FEW
@given(in_any_order())
def test_peers_are_those_of_the_window_when_it_is_too_full(charges: list[Charge]) -> None:
    found, _ = run(charges)
    windows = [expected(charges, offset).peers for offset in range(len(charges))]
    assert [row.peers for row in found] == [
        [f"T{at}" for at in window] if len(window) > 3 else None for window in windows
    ]


@FEW
@given(in_any_order())
def test_state_survives_its_encoding(charges: list[Charge]) -> None:
    _, recent = advance(velocity._nothing(), frame(charges))
    again = decode_state(*encode_state(recent))
    assert again.clocks == recent.clocks
    assert again.ids.to_pylist() == recent.ids.to_pylist()
    for name in Charges.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again.charges, name), getattr(recent.charges, name), strict=True)


def test_empty_state_survives_its_encoding() -> None:
    again = decode_state(*encode_state(velocity._nothing()))
    assert (len(again.charges), again.ids, again.clocks) == (0, pa.array([], pa.string()), {})


@pytest.mark.parametrize("version", [0, STATE_VERSION + 1])
def test_state_of_another_version_is_refused(version: int) -> None:
    _, recent, clocks = encode_state(velocity._nothing())
    with pytest.raises(ValueError, match=rf"^velocity state has version {version}; this code reads version 1$"):
        decode_state(version, recent, clocks)


STATE_TYPE = StructType(
    [
        StructField("version", IntegerType()),
        StructField("recent", BinaryType()),
        StructField("clocks", BinaryType()),
    ]
)


def group_state(value: Row | None) -> GroupState:
    return GroupState(
        optionalValue=value or Row(),
        batchProcessingTimeMs=0,
        eventTimeWatermarkMs=0,
        timeoutConf="NoTimeout",
        hasTimedOut=False,
        watermarkPresent=True,
        defined=value is not None,
        updated=False,
        removed=False,
        timeoutTimestamp=-1,
        keyAsUnsafe=b"",
        valueSchema=STATE_TYPE,
    )


def test_the_operator_sorts_by_position_and_keeps_state() -> None:
    charges = [Charge(1, START + second * SECOND) for second in (0, 0, 10, 20)]
    state = group_state(None)
    [first] = add_velocity((0,), [frame(charges[1:3], 1), frame(charges[:1])], state)
    [second] = add_velocity((0,), [frame(charges[3:], 3)], group_state(Row(*state.get)))
    assert first["kafka_offset"].tolist() == [0, 1, 2]
    assert first["velocity_60s"].tolist() == [1, 2, 3]
    assert [(row.velocity_60s, row.peers) for row in seen(second)] == [(4, ["T0", "T1", "T2", "T3"])]
