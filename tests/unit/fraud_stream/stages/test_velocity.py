from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from tempfile import TemporaryDirectory

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.scoring.velocity import MAX_PEERS
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.stages.masking import TIMESTAMP
from fraud_stream.stages.velocity import observe
from fraud_stream.state.charges import RecentCharges
from fraud_stream.state.store import RunStore
from tests.unit.fraud_stream.charges import START, in_any_order, in_order
from tests.unit.fraud_stream.velocity_oracle import MINUTE, SECOND, Charge, Expected, expected

FEW = settings(max_examples=25)  # each example is several Arrow batches and files
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POSITION = [("kafka_partition", "ascending"), ("kafka_offset", "ascending")]


def accepted(charges: Sequence[Charge], first: int = 0) -> pa.Table:
    """Return charges as accepted rows, offsets from `first`, in order of position."""
    offsets = list(range(first, first + len(charges)))
    columns = {
        "transaction_id": pa.array([f"T{offset}" for offset in offsets], pa.string()),
        "kafka_partition": pa.array([charge.partition for charge in charges], pa.int32()),
        "kafka_offset": pa.array(offsets, pa.int64()),
        "kafka_timestamp": moments(
            charge.at if charge.appended_at is None else charge.appended_at for charge in charges
        ),
        "event_time": moments(charge.at for charge in charges),
        "sender_account_id": pa.array([str(charge.sender) for charge in charges], pa.string()),
        "region": pa.array([str(charge.region) for charge in charges], pa.string()),
        "device_id": pa.array([str(charge.device) for charge in charges], pa.string()),
    }
    return pa.table(columns).sort_by(POSITION)


def _appended_at(charge: Charge) -> int:
    return charge.at if charge.appended_at is None else charge.appended_at


def moments(times: Iterable[int]) -> pa.Array:
    return pa.array([EPOCH + timedelta(microseconds=time) for time in times], TIMESTAMP)


@dataclass(frozen=True)
class Seen:
    """The features of one event as the job sees them."""

    velocity_60s: int
    velocity_5m: int
    velocity_complete: bool
    region_changed: bool
    devices_changed: bool
    peers: list[str] | None


def seen(rows: pa.Table) -> list[Seen]:
    """Return the features by offset."""
    found = rows.sort_by("kafka_offset").select([field.name for field in fields(Seen)]).to_pylist()
    return [Seen(**row | {"peers": _ids(row["peers"])}) for row in found]


def _ids(text: object) -> list[str] | None:
    return msgspec.json.decode(text, type=list[str]) if isinstance(text, str) else None


@dataclass(frozen=True)
class History:
    """What became of a history that came in batches."""

    features: list[Seen]
    clocks: dict[int, int]
    remembered: list[str]


def run(charges: Sequence[Charge], cuts: Iterable[int] = ()) -> History:
    """Return the features of a history cut before `cuts`, by offset, and what is remembered after it."""
    edges = sorted({0, *cuts, len(charges)})
    clocks: dict[int, int] = {}
    found: list[Seen] = []
    with TemporaryDirectory() as folder:
        store = RunStore(Checkpoint.at(folder), "runs/charges/0", None)
        for batch, (start, stop) in enumerate(pairwise(edges)):
            family = RecentCharges(clocks)
            observed = observe(accepted(charges[start:stop], start), store.before(batch, family), clocks)
            store.create(batch, family, observed.charges)
            clocks = clocks | dict(observed.clocks)
            found += seen(observed.rows)
        runs = store.before(len(edges), RecentCharges(clocks))
        return History(found, clocks, sorted(name for run in runs for name in run.rows["transaction_id"].to_pylist()))


def cut(charges: Sequence[Charge], data: st.DataObject) -> set[int]:
    return data.draw(st.sets(st.integers(1, max(1, len(charges) - 1)), max_size=4))


@FEW
@given(in_order(), st.data())
def test_how_a_history_in_order_is_cut_changes_nothing(charges: list[Charge], data: st.DataObject) -> None:
    whole, parts = run(charges), run(charges, cut(charges, data))
    assert whole.features == parts.features
    assert {row.velocity_complete for row in whole.features} == {True}
    assert whole.clocks == parts.clocks


@FEW
@given(in_any_order(), st.data())
def test_what_is_called_complete_is_right_in_any_order(charges: list[Charge], data: st.DataObject) -> None:
    cuts = cut(charges, data)
    found = run(charges, cuts).features
    for start, stop in pairwise(sorted({0, *cuts, len(charges)})):
        right = [expected(charges[:stop], offset) for offset in range(start, stop)]
        for row, wanted in zip(found[start:stop], right, strict=True):
            assert not row.velocity_complete or features(row) == features(wanted)


def features(row: Seen | Expected) -> tuple[int, int, bool, bool]:
    return row.velocity_60s, row.velocity_5m, row.region_changed, row.devices_changed


@FEW
@given(in_any_order(), st.data())
def test_what_a_window_to_come_may_hold_is_remembered(charges: list[Charge], data: st.DataObject) -> None:
    history = run(charges, cut(charges, data))
    latest = {
        partition: max(charge.at for charge in charges if charge.partition == partition)
        for partition in {charge.partition for charge in charges}
    }
    assert history.clocks == latest
    needed = {f"T{at}" for at, charge in enumerate(charges) if charge.at > latest[charge.partition] - 7 * MINUTE}
    assert needed <= set(history.remembered)


def test_an_hour_of_one_busy_sender_leaves_seven_minutes() -> None:
    charges = [Charge(1, START + 10 * second * SECOND) for second in range(360)]
    remembered = run(charges, range(6, 360, 6)).remembered
    assert set(remembered) >= {f"T{offset}" for offset in range(318, 360)}
    assert len(remembered) < 42 + 16 * 6  # a run is dropped whole


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
    found = run([Charge(1, START), Charge(1, START - behind)], cuts).features
    assert [row.velocity_complete for row in found] == [True, complete]
    assert found[1].velocity_60s == (2 if behind == 0 else 1)


def test_another_partition_s_clock_makes_nothing_incomplete() -> None:
    found = run([Charge(1, START), Charge(2, START - 30 * MINUTE)], [1]).features
    assert [row.velocity_complete for row in found] == [True, True]


def test_a_fast_clock_does_not_outdate_others() -> None:
    fast = Charge(1, START + 5 * MINUTE, appended_at=START)
    history = run([Charge(1, START - 6 * MINUTE), fast, Charge(1, START)], [1, 2])
    assert [row.velocity_complete for row in history.features] == [True, True, True]
    assert history.clocks == {1: START}
    assert history.remembered == ["T0", "T1", "T2"]


@pytest.mark.parametrize("cuts", [[], [3], [1, 2, 3, 4]], ids=["one batch", "two batches", "one event a batch"])
def test_card_testing_names_all_four(cuts: list[int]) -> None:
    found = run([Charge(1, START + second * SECOND) for second in (0, 10, 20, 30, 40)], cuts).features
    assert [row.velocity_60s for row in found] == [1, 2, 3, 4, 5]
    assert [row.peers for row in found] == [None, None, None, ["T0", "T1", "T2", "T3"], ["T0", "T1", "T2", "T3", "T4"]]


def test_peers_are_the_latest_hundred() -> None:
    found = run([Charge(1, START + second * SECOND // 4) for second in range(150)], [60]).features
    assert found[-1].velocity_60s == 150
    assert MAX_PEERS == 100
    assert found[-1].peers == [f"T{offset}" for offset in range(50, 150)]
    assert found[99].peers == [f"T{offset}" for offset in range(100)]


@FEW
@given(in_any_order())
def test_peers_are_those_of_the_window_when_it_is_too_full(charges: list[Charge]) -> None:
    found = run(charges).features
    windows = [expected(charges, offset).peers for offset in range(len(charges))]
    assert [row.peers for row in found] == [
        [f"T{at}" for at in window] if len(window) > 3 else None for window in windows
    ]
