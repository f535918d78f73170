"""Velocity by more keys: accepted payments as their cards, devices, accounts, networks, merchants and BINs see them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud.scoring.velocity import SMALL_USD, TEST_LIKE_USD
from fraud_stream.checkpoint.frontier import Reached
from fraud_stream.stages.amount import cents_of, rounded_usd
from fraud_stream.stages.packet import (
    PACKET,
    SIGHTING,
    Kind,
    by_position,
    count_packets,
    opened,
    opened_counts,
    passing,
    position_keys,
    sealed,
)
from fraud_stream.state.aggregate import Mark, Trailing
from fraud_stream.state.order import distinct
from fraud_stream.state.run import Bools, Int64s, UInt64s, column
from fraud_stream.state.sightings import Sightings, seen, standing
from fraud_stream.state.store import run_store
from fraud_stream.state.views import VIEWS, View

Marks = npt.NDArray[np.int8]
POSITION = ("partition", "offset")
_CENTS = 100


class LostSightingError(Exception):
    """An accepted payment has not been counted by a view: tasks have exchanged less than they should."""


def sightings_of(accepted: pa.Table, amount_usd: pa.ChunkedArray) -> pa.Table:
    """Return accepted records (`CANDIDATE`) as sightings (`SIGHTING`), one for each view that sees them."""
    cents = cents_of(rounded_usd(amount_usd))
    marks = _marks(cents, column(accepted, "is_declined"))
    return pa.concat_tables([_seen_by(view, accepted, cents, marks) for view in VIEWS])


def _marks(cents: Int64s, is_declined: Bools) -> Marks:
    is_test_like = (cents <= TEST_LIKE_USD * _CENTS) | is_declined
    is_small = cents <= SMALL_USD * _CENTS
    marks: Marks = (is_test_like * Mark.TEST_LIKE + is_declined * Mark.DECLINED + is_small * Mark.SMALL).astype(np.int8)
    return marks


def _seen_by(view: View, accepted: pa.Table, cents: Int64s, marks: Marks) -> pa.Table:
    columns = {
        **{name: accepted[name] for name in ("at", "partition", "offset")},
        "view": np.full(len(accepted), view.number, np.int8),
        "key": column(accepted, view.key) ^ view.salt,
        "value": _hash(accepted, view.value),
        "other": _hash(accepted, view.other),
        "cents": cents,
        "marks": marks,
    }
    rows = pa.table([columns[name] for name in SIGHTING.names], SIGHTING)
    return rows if view.mark is None else rows.filter(pa.array((marks & view.mark) != 0))


def _hash(accepted: pa.Table, name: str | None) -> UInt64s:
    return column(accepted, name) if name else np.zeros(len(accepted), np.uint64)


@dataclass(frozen=True)
class SightTask:
    """Counts the sightings of one bucket of keys in one batch; all other packets pass. What `mapInArrow` runs."""

    location: str
    buckets: tuple[int, ...]
    batch: int
    reached: Reached

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield `PACKET` rows: the others as they came, and what was counted of each payment."""
        found: list[pa.RecordBatch] = []
        yield from passing(batches, Kind.SIGHTINGS, found)
        packets = pa.Table.from_batches(found, PACKET)
        if len(packets):
            bucket = self.buckets.index(packets["bucket"][0].as_py())
            counts = self.count(opened(packets, Kind.SIGHTINGS, SIGHTING), bucket)
            yield from sealed(count_packets(counts, self.buckets))

    def count(self, sightings: pa.Table, bucket: int) -> list[pa.Table]:
        """Return what each view counts of each payment that it sees, and remember the sightings (`SIGHTING`)."""
        family = Sightings(self.reached.read_up_to, self.reached.clocks)
        store = run_store(self.location, family.name, bucket)
        rows = by_position(sightings, position_keys(*map(sightings.column, POSITION)))
        counts = counted(rows, standing(store.before(self.batch, family), distinct(column(rows, "key"))))
        store.create(self.batch, family, rows.select(family.schema.names))
        return counts


def counted(arrivals: pa.Table, before: pa.Table) -> list[pa.Table]:
    """Return by view (`VIEWS`) what it counts of each arrival (`SIGHTING`, by position) after earlier sightings."""
    return [_counted(view, *(_of_view(rows, view) for rows in (arrivals, before))) for view in VIEWS]


def _of_view(sightings: pa.Table, view: View) -> pa.Table:
    return sightings.filter(pc.equal(sightings["view"], view.number))


def _counted(view: View, arrivals: pa.Table, before: pa.Table) -> pa.Table:
    trailing = Trailing(seen(before), seen(arrivals), view.width)
    columns = [aggregate(trailing) for aggregate in view.columns.values()]
    return pa.table([*(arrivals[name] for name in POSITION), *map(pa.array, columns)], view.schema)


def with_counts(accepted: pa.Table, packets: pa.Table) -> pa.Table:
    """Return accepted rows, given by position, with the columns of all views.

    Raises LostSightingError where a view that sees every payment has not counted one.
    """
    keys = position_keys(accepted["kafka_partition"], accepted["kafka_offset"])
    for view, counts in zip(VIEWS, opened_counts(packets), strict=True):
        place = _places(keys, position_keys(counts["partition"], counts["offset"]))
        if view.mark is None and place.null_count:
            raise LostSightingError(f"view {view.key} has counted {len(counts)} of {len(accepted)} payments")
        for name in view.columns:
            accepted = accepted.append_column(name, counts[name].take(place))
    return accepted


def _places(keys: Int64s, counted_keys: Int64s) -> pa.Array:
    """Return for each key where it stands among those counted, null where it does not."""
    order = np.argsort(counted_keys)
    rank = np.searchsorted(counted_keys, keys, sorter=order)
    place = order[np.minimum(rank, len(order) - 1)] if len(order) else np.zeros(len(keys), np.int64)
    is_missing = counted_keys[place] != keys if len(order) else np.ones(len(keys), np.bool_)
    return pa.array(place, mask=is_missing)
