"""Which records are the first of their transaction id: the election, and the ids it remembers.

A record is a duplicate if an accepted one of the same id lies less than an hour of event time from it. Ids are 128-bit
hashes; times are microseconds since 1970 UTC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from fraud.payments.disposition import DEDUPLICATION_HORIZON
from fraud_stream.state.run import Bools, Int64s, Run, UInt64s, as_batch, column
from fraud_stream.state.window import microseconds

HOUR = microseconds(DEDUPLICATION_HORIZON)
MEMORY = 2 * HOUR
"""An accepted event may lie an hour ahead of a coming one, which may lie an hour behind its append time."""

OUTLINE = pa.schema(
    [
        ("h1", pa.uint64()),
        ("h2", pa.uint64()),
        ("at", pa.int64()),
        ("appended", pa.int64()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
    ]
)
"""What the election sees of a record that is neither rejected nor late."""


@dataclass(frozen=True)
class Outlines:
    """Records that may be accepted, by column."""

    h1: UInt64s
    h2: UInt64s
    at: Int64s
    appended: Int64s
    partition: Int64s
    offset: Int64s

    def __len__(self) -> int:
        return len(self.h1)

    def __getitem__(self, index: Bools | Int64s) -> "Outlines":
        return Outlines(*(getattr(self, field.name)[index] for field in fields(self)))

    @classmethod
    def of(cls, rows: pa.Table) -> "Outlines":
        """Return rows (`OUTLINE`) sorted by id, and those of one id as they came: by append time and position."""
        columns = cls(*(column(rows, field.name) for field in fields(cls)))
        return columns[np.lexsort((columns.offset, columns.partition, columns.appended, columns.h2, columns.h1))]


@dataclass(frozen=True)
class Ids:
    """The family of accepted ids, in a batch before which every partition had been read up to `read_up_to`."""

    read_up_to: int
    name = "ids"
    schema = OUTLINE.remove(OUTLINE.get_field_index("appended"))

    def in_order(self, rows: pa.Table) -> pa.RecordBatch:
        """Return rows by hash."""
        order = np.argsort(column(rows, "h1"), kind="stable")
        return as_batch(rows.take(pa.array(order)))

    def needed(self, rows: pa.Table) -> Bools:
        """Tell which ids may come again: a record that is still to come was appended after `read_up_to`."""
        is_needed: Bools = column(rows, "at") > self.read_up_to - MEMORY
        return is_needed

    def is_over(self, run: Run) -> bool:
        """Tell whether no id of a run may come again."""
        return max(run.latest.values(), default=0) <= self.read_up_to - MEMORY


def elect(outlines: Outlines, runs: Sequence[Run]) -> Bools:
    """Tell which records are accepted; `outlines` are sorted as `Outlines.of` does, `runs` hold all accepted before."""
    is_open = ~is_remembered(outlines, runs)
    starts_group = np.ones(len(outlines), bool)
    starts_group[1:] = (np.diff(outlines.h1) != 0) | (np.diff(outlines.h2) != 0)
    group = np.cumsum(starts_group)
    crowded = np.bincount(group[is_open], minlength=len(outlines) + 1) > 1
    accepted: Bools = is_open & ~crowded[group]
    contested = np.flatnonzero(is_open & crowded[group])
    for index in np.split(contested, np.flatnonzero(np.diff(group[contested])) + 1):
        accepted[index[list(_apart(outlines.at[index].tolist()))]] = True
    return accepted


def _apart(moments: Sequence[int]) -> Iterator[int]:
    """Yield the indices of moments that lie an hour or more from each one yielded before."""
    taken: list[int] = []
    for index, moment in enumerate(moments):
        if all(abs(moment - other) >= HOUR for other in taken):
            taken.append(moment)
            yield index


def is_remembered(outlines: Outlines, runs: Sequence[Run]) -> Bools:
    """Tell which records have an accepted one of the same id less than an hour from them."""
    hit = np.zeros(len(outlines), bool)
    for run in runs:
        h1, h2, at = (column(run.rows, name) for name in ("h1", "h2", "at"))
        index = np.searchsorted(h1, outlines.h1)
        while (open_at := np.flatnonzero(_reaches(h1, index, outlines.h1))).size:
            here = index[open_at]
            near = np.abs(at[here] - outlines.at[open_at]) < HOUR
            hit[open_at] |= (h2[here] == outlines.h2[open_at]) & near
            index = index + 1
    return hit


def _reaches(h1: UInt64s, index: Int64s, wanted: UInt64s) -> Bools:
    within = index < len(h1)
    if not len(h1):
        return within
    reached: Bools = within & (h1[np.where(within, index, 0)] == wanted)
    return reached
