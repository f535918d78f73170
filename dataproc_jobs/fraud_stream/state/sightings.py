"""Sightings: each accepted payment as its card, device, account, network, merchant and BIN were seen in it.

A sighting is one row a payment and view. It holds hashes, US cents and marks; no card data, and no text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from fraud.payments.disposition import DEDUPLICATION_HORIZON
from fraud.scoring.velocity import OUT_OF_ORDER
from fraud_stream.state.aggregate import Seen
from fraud_stream.state.order import by_key_and_time
from fraud_stream.state.run import Bools, Run, UInt64s, as_batch, column, rows_of
from fraud_stream.state.views import BY_NUMBER, VIEWS
from fraud_stream.state.window import microseconds

_LATENESS = microseconds(DEDUPLICATION_HORIZON)
_MEMORY = np.zeros(max(BY_NUMBER) + 1, np.int64)
for _view in VIEWS:
    _MEMORY[_view.number] = _view.width + microseconds(OUT_OF_ORDER)


@dataclass(frozen=True)
class Sightings:
    """The family of sightings, in a batch before which every Kafka partition had come to `read_up_to` and `clocks`.

    A key's payments stand in all partitions, so what is behind the slowest one's windows is over. A partition without
    traffic does not hold state back for ever: what it may still bring lies at most an hour behind its append time.
    """

    read_up_to: int
    clocks: Mapping[int, int]
    name = "sightings"
    schema = pa.schema(
        [
            ("view", pa.int8()),
            ("key", pa.uint64()),
            ("at", pa.int64()),
            ("partition", pa.int32()),
            ("value", pa.uint64()),
            ("other", pa.uint64()),
            ("cents", pa.int64()),
            ("marks", pa.int8()),
        ]
    )

    def in_order(self, rows: pa.Table) -> pa.RecordBatch:
        """Return rows by key and time, those of one instant in order of arrival."""
        return as_batch(rows.take(pa.array(by_key_and_time(column(rows, "key"), column(rows, "at")).order)))

    def needed(self, rows: pa.Table) -> Bools:
        """Tell which sightings a payment that is still to come may find in its window."""
        is_needed: Bools = column(rows, "at") > self._oldest - _MEMORY[column(rows, "view")]
        return is_needed

    def is_over(self, run: Run) -> bool:
        """Tell whether no sighting of a run lies in a window to come."""
        return max(run.latest.values(), default=0) <= self._oldest - int(_MEMORY.max())

    @property
    def _oldest(self) -> int:
        return min((max(clock, self.read_up_to - _LATENESS) for clock in self.clocks.values()), default=0)


def standing(runs: Sequence[Run], keys: UInt64s) -> pa.Table:
    """Return the sightings of keys (sorted, each once) that runs hold, in order of arrival for each key and instant."""
    found = [run.rows.take(pa.array(rows_of(run, "key", keys))) for run in runs]
    return pa.Table.from_batches(found, Sightings.schema)


def seen(rows: pa.Table) -> Seen:
    """Return sightings by column, in their order."""
    return Seen(*(column(rows, field.name) for field in fields(Seen)))
