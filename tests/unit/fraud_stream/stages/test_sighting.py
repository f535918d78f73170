import operator
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_stream.checkpoint.frontier import Reached
from fraud_stream.stages.masking import AMOUNT
from fraud_stream.stages.packet import CANDIDATE, PACKET, Kind, opened, sealed, sighting_packets
from fraud_stream.stages.sighting import LostSightingError, SightTask, sightings_of, with_counts
from fraud_stream.state.hashing import hash64
from fraud_stream.state.views import COUNTED
from tests.unit.fraud_stream.state.sighting_oracle import HOUR, SECOND, TEN_MINUTES, Paid, expected

START = 1_772_366_400 * SECOND
BUCKETS = (10, 11)
NOWHERE = Reached()
KEYS = ("card", "device", "sender", "network", "merchant", "bin")
MINUTE = 60 * SECOND
EDGES = [0, SECOND, TEN_MINUTES, HOUR - TEN_MINUTES, HOUR, HOUR + TEN_MINUTES]


def payments() -> st.SearchStrategy[Paid]:
    moments = st.builds(operator.add, st.sampled_from(EDGES), st.integers(-1, 1)).map(lambda at: START + at)
    few = st.sampled_from("abc")
    cents = st.sampled_from([1, 200, 201, 500, 501, 10_000, 10**17 - 1])
    return st.builds(
        Paid, moments, few, few, few, few, few, st.sampled_from("xy"), cents=cents, is_declined=st.booleans()
    )


def counted(batches: Sequence[Sequence[Paid]], location: str, reached: Reached = NOWHERE) -> list[dict[str, object]]:
    """Return the columns of each payment, batch by batch over the state at a location."""
    rows: list[dict[str, object]] = []
    for batch, paid in enumerate(batches):
        positions = pa.array(range(len(rows), len(rows) + len(paid)), pa.int64())
        partitions = pa.repeat(pa.scalar(0, pa.int32()), len(paid))
        sightings = sightings_of(candidates(paid, positions), usd(paid))
        packets = list(sealed(sighting_packets(sightings, BUCKETS)))
        task = SightTask(location, BUCKETS, batch, reached)
        told = [
            row
            for bucket in BUCKETS
            for row in task([one for one in packets if one["bucket"][0].as_py() == bucket])
            if len(row)
        ]
        accepted = pa.table({"kafka_partition": partitions, "kafka_offset": positions})
        found = with_counts(accepted, pa.Table.from_batches(told, PACKET))
        rows += found.select(COUNTED.names).to_pylist()
    return rows


def usd(paid: Sequence[Paid]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([Decimal(one.cents).scaleb(-2) for one in paid], AMOUNT)])


def candidates(paid: Sequence[Paid], positions: pa.Array) -> pa.Table:
    columns = {
        "at": [one.at for one in paid],
        "offset": positions,
        "amount": usd(paid),
        "is_declined": [one.is_declined for one in paid],
        **{key: hash64(pa.array([getattr(one, key) for one in paid], pa.string())) for key in KEYS},
    }
    empty = pa.repeat(0, len(paid))
    return pa.table([columns.get(name, empty) for name in CANDIDATE.names], CANDIDATE.names).cast(CANDIDATE)


@settings(max_examples=150, deadline=None)
@given(st.lists(payments(), min_size=1, max_size=20), st.data())
def test_columns_are_what_the_definition_says_whatever_came_before(paid: list[Paid], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(paid)))
    with TemporaryDirectory() as folder:
        found = counted([part for part in (paid[:cut], paid[cut:]) if part], folder)
    first = [expected(paid[:cut], index) for index in range(cut)]
    assert found == first + [expected(paid, index) for index in range(cut, len(paid))]


@settings(max_examples=30, deadline=None)
@given(st.lists(payments(), min_size=1, max_size=12), st.data())
def test_of_payments_in_order_every_cut_gives_the_same(paid: list[Paid], data: st.DataObject) -> None:
    paid.sort(key=lambda one: one.at)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(paid)), max_size=4)) | {0, len(paid)})
    with TemporaryDirectory() as folder:
        found = counted([paid[start:end] for start, end in pairwise(cuts)], folder)
    assert found == [expected(paid, index) for index in range(len(paid))]


@pytest.mark.parametrize(
    ("column", "changes", "apart", "values"),
    [
        pytest.param("card_count_1h", {}, HOUR, [1, 1], id="a card an hour apart"),
        pytest.param("card_count_1h", {}, HOUR - 1, [1, 2], id="a card within an hour"),
        pytest.param(
            "network_test_cards_10m", {"cents": 500, "card": "b"}, TEN_MINUTES, [1, 1], id="a network, at ten"
        ),
        pytest.param("network_test_cards_10m", {"cents": 500, "card": "b"}, TEN_MINUTES - 1, [1, 2], id="within ten"),
        pytest.param("network_test_cards_10m", {"cents": 501, "card": "b"}, 1, [1, None], id="5.01 is no test"),
        pytest.param(
            "network_test_cards_10m", {"cents": 501, "card": "b", "is_declined": True}, 1, [1, 2], id="unless declined"
        ),
        pytest.param("card_small_1h", {"cents": 10_000}, MINUTE, [0, 1], id="small, then large"),
        pytest.param("card_declines_1h", {"is_declined": True}, MINUTE, [0, 0], id="its own decline does not count"),
    ],
)
def test_edges(tmp_path: Path, column: str, changes: dict[str, Any], apart: int, values: list[int | None]) -> None:
    first = Paid(START, cents=200)
    assert [row[column] for row in counted([[first, replace(first, at=START + apart, **changes)]], str(tmp_path))] == (
        values
    )


def test_amounts_that_do_not_fit_a_machine_word_add_up(tmp_path: Path) -> None:
    paid = [Paid(START + index, cents=10**17 - 1) for index in range(200)]
    assert counted([paid], str(tmp_path))[-1]["account_usd_1h"] == Decimal(200 * (10**17 - 1)).scaleb(-2)


def test_equal_names_of_two_kinds_do_not_meet(tmp_path: Path) -> None:
    one, other = Paid(START, "a", "b", "c", "d", "e", "f"), Paid(START, "b", "a", "d", "c", "f", "e")
    assert counted([[one, other]], str(tmp_path))[1]["card_count_1h"] == 1


def test_a_batch_that_comes_again_counts_the_same(tmp_path: Path) -> None:
    paid = [Paid(START), Paid(START + 1)]
    once = counted([paid], str(tmp_path))
    assert counted([paid], str(tmp_path)) == once


def test_what_no_window_needs_is_dropped_and_what_one_may_need_is_not(tmp_path: Path) -> None:
    now = START + 2 * HOUR
    reached = Reached(now, {0: now})
    edge = now - HOUR - 2 * MINUTE
    found = [
        counted([[Paid(at)], [Paid(now - 2 * MINUTE)]], str(tmp_path / str(at)), reached)[-1]["card_count_1h"]
        for at in (edge, edge + 1)
    ]
    assert found == [1, 2]
    assert not list((tmp_path / str(edge)).rglob("0_0.arrow"))


def test_a_payment_that_no_key_has_counted_stops_the_batch() -> None:
    accepted = pa.table({"kafka_partition": pa.array([0], pa.int32()), "kafka_offset": pa.array([1], pa.int64())})
    with pytest.raises(LostSightingError, match="card has counted 0 of 1"):
        with_counts(accepted, PACKET.empty_table())


def test_state_holds_no_text(tmp_path: Path) -> None:
    counted([[Paid(START, device="device-7f3a")]], str(tmp_path))
    files = [path.read_bytes() for path in tmp_path.rglob("*.arrow")]
    assert files
    assert not any(b"device-7f3a" in content for content in files)


def test_sightings_go_to_the_bucket_of_their_key() -> None:
    paid = [Paid(START), Paid(START, device="other")]
    rows = sightings_of(candidates(paid, pa.array([0, 1])), usd(paid))
    packets = pa.Table.from_batches(list(sealed(sighting_packets(rows, BUCKETS))), PACKET)
    assert sorted(opened(packets, Kind.SIGHTINGS, rows.schema)["view"].to_pylist()) == [0, 0, 1, 1, 2, 2]
