from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.state.hashing import hash128
from fraud_stream.state.ids import HOUR, MEMORY, OUTLINE, Ids, Outlines, elect
from fraud_stream.state.run import Run, Span
from fraud_stream.state.store import RunStore
from tests.unit.fraud_stream.state import election_oracle
from tests.unit.fraud_stream.state.election_oracle import Record

NOON = 1_772_366_400_000_000
MINUTE = HOUR // 60


def table(records: Sequence[Record]) -> pa.Table:
    h1, h2 = hash128(pa.array([record.transaction for record in records], pa.string()))
    rest = [[getattr(record, name) for record in records] for name in OUTLINE.names[2:]]
    return pa.table([h1, h2, *rest], OUTLINE.names).cast(OUTLINE)


def run(store: RunStore, batches: Sequence[Sequence[Record]], first: int = 0) -> set[tuple[int, int]]:
    """Return the positions that are accepted, batch after batch over one store."""
    positions = set()
    read_up_to = 0
    for number, batch in enumerate(batches, first):
        family, outlines = Ids(read_up_to), Outlines.of(table(batch))
        chosen = outlines[elect(outlines, store.before(number, family))]
        rows = pa.table([getattr(chosen, name) for name in family.schema.names], schema=family.schema)
        decided = store.create(number, family, rows)
        positions |= set(zip(decided["partition"].to_pylist(), decided["offset"].to_pylist(), strict=True))
        read_up_to = max((record.appended for record in batch), default=read_up_to)
    return positions


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Checkpoint.at(str(tmp_path)), "runs/ids/0", None)


def at(*minutes: float) -> list[Record]:
    """Return records of one id, appended as they happened."""
    moments = [NOON + round(minute * MINUTE) for minute in minutes]
    return [Record("A", moment, moment, offset=offset) for offset, moment in enumerate(moments)]


JUST_BELOW = 60 - 1 / MINUTE


@pytest.mark.parametrize(
    ("minutes", "offsets"),
    [
        pytest.param((0, 90, 155), {0, 1, 2}, id="12:00, 13:30 and 14:35 are three payments"),
        pytest.param((0, JUST_BELOW), {0}, id="12:00 and 12:59:59.999999 are one"),
        pytest.param((0, 60), {0, 1}, id="an hour apart are two"),
        pytest.param((0, 50, 100), {0, 2}, id="a duplicate remembers nothing"),
        pytest.param((0, 61, 1, 62), {0, 1}, id="each is held against every accepted one"),
        pytest.param((61, 0, 30), {0, 1}, id="the event before counts as the one after"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 10], ids="{} a batch".format)
def test_the_contract_s_examples(store: RunStore, minutes: tuple[float, ...], offsets: set[int], size: int) -> None:
    records = at(*minutes)
    if sorted(minutes) != list(minutes):  # all at once, in the order given
        records = [Record("A", one.at, NOON + HOUR + number, offset=number) for number, one in enumerate(records)]
    batches = [records[start : start + size] for start in range(0, len(records), size)]
    assert run(store, batches) == {(0, offset) for offset in offsets}


def test_of_one_batch_the_first_appended_wins_then_the_lower_partition(store: RunStore) -> None:
    batch = [
        Record("A", NOON, NOON + 2, partition=0, offset=5),
        Record("A", NOON, NOON + 1, partition=2, offset=9),
        Record("A", NOON, NOON + 1, partition=1, offset=9),
    ]
    assert run(store, [batch]) == {(1, 9)}


def histories() -> st.SearchStrategy[list[Record]]:
    """Return records of few ids on two partitions as they are looked at, their times crowded around the hour."""
    moments = st.builds(lambda step, jitter: step * 20 * MINUTE + jitter, st.integers(0, 12), st.integers(-1, 1))
    drawn = st.lists(
        st.tuples(st.sampled_from("ABC"), moments, st.integers(-60, 5), st.integers(0, 1)), min_size=1, max_size=30
    )
    return drawn.map(_records)


def _records(drawn: list[tuple[str, int, int, int]]) -> list[Record]:
    ordered = sorted(drawn, key=lambda one: (one[1], one[3]))
    return [
        Record(one, NOON + appended + ahead * MINUTE, NOON + appended, partition, offset)
        for offset, (one, appended, ahead, partition) in enumerate(ordered)
    ]


@given(histories(), st.data())
def test_any_history_at_any_cut_is_elected_as_the_loop_does(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], data: st.DataObject
) -> None:
    edges = sorted({0, len(records), *data.draw(st.sets(st.integers(0, len(records)), max_size=20))})
    batches = [records[start:stop] for start, stop in pairwise(edges)]
    store = RunStore(Checkpoint.at(str(tmp_path_factory.mktemp("ids"))), "runs/ids/0", None)
    assert run(store, batches) == election_oracle.accepted([records])


def test_ids_are_needed_for_two_hours_of_append_time() -> None:
    entries = table(at(0, 1))
    assert Ids(NOON + MEMORY - 1).needed(entries).tolist() == [True, True]
    assert Ids(NOON + MEMORY).needed(entries).tolist() == [False, True]
    run = Run(Span(0, 0), entries.select(Ids.schema.names).combine_chunks().to_batches()[0])
    assert not Ids(NOON + MEMORY).is_over(run)
    assert Ids(NOON + MINUTE + MEMORY).is_over(run)


def test_two_ids_that_share_half_a_hash_are_two(store: RunStore) -> None:
    one, other = table(at(0)), table([Record("B", NOON, NOON, offset=7)])
    alike = other.set_column(0, "h1", one["h1"])
    outlines = Outlines.of(pa.concat_tables([one, alike]))
    assert elect(outlines, ()).tolist() == [True, True]
    store.create(0, Ids(0), one.select(Ids.schema.names))
    assert elect(Outlines.of(alike), store.before(1, Ids(0))).tolist() == [True]
    assert elect(Outlines.of(one), store.before(1, Ids(0))).tolist() == [False]
