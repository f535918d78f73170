"""The charges of the last minutes, by account: what trailing windows look back on.

Accounts, regions and devices are 64-bit hashes; times are microseconds since 1970 UTC. Transaction ids stand in clear,
for alerts name them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from fraud.scoring.velocity import LONG_WINDOW, OUT_OF_ORDER
from fraud_stream.state.order import by_key_and_time
from fraud_stream.state.run import Bools, Run, UInt64s, as_batch, column, rows_of
from fraud_stream.state.window import Charges, microseconds

MEMORY = microseconds(LONG_WINDOW + OUT_OF_ORDER)
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class RecentCharges:
    """The family of accepted charges; `clocks` tell how far each Kafka partition's event time had come."""

    clocks: Mapping[int, int]
    name = "charges"
    schema = pa.schema(
        [
            ("sender", pa.uint64()),
            ("at", pa.int64()),
            ("partition", pa.int32()),
            ("region", pa.uint64()),
            ("device", pa.uint64()),
            ("transaction_id", pa.string()),
        ]
    )

    def in_order(self, rows: pa.Table) -> pa.RecordBatch:
        """Return rows by account and time, those of one instant in order of arrival."""
        return as_batch(rows.take(pa.array(by_key_and_time(column(rows, "sender"), column(rows, "at")).order)))

    def needed(self, rows: pa.Table) -> Bools:
        """Tell which charges a coming event of the same partition may find in its window."""
        partition = column(rows, "partition")
        numbers, index = np.unique(partition, return_inverse=True)
        clock = np.array([self.clocks.get(int(number), _NEVER) for number in numbers], np.int64)
        bound = np.where(clock == _NEVER, _NEVER, clock - MEMORY)
        is_needed: Bools = column(rows, "at") > bound[index]
        return is_needed

    def is_over(self, run: Run) -> bool:
        """Tell whether no charge of a run lies in a window to come."""
        return all(number in self.clocks and at <= self.clocks[number] - MEMORY for number, at in run.latest.items())


@dataclass(frozen=True)
class History:
    """Earlier charges of some accounts in order of arrival, with their transaction ids."""

    charges: Charges
    ids: pa.Array


def history(runs: Sequence[Run], senders: UInt64s) -> History:
    """Return what runs, the oldest first, hold of accounts (`senders`, sorted, each once)."""
    found = [run.rows.take(pa.array(rows_of(run, "sender", senders))) for run in runs]
    rows = pa.Table.from_batches(found, RecentCharges.schema)
    return History(_charges(rows), rows["transaction_id"].combine_chunks())


def _charges(rows: pa.Table) -> Charges:
    return Charges(*(column(rows, field.name) for field in fields(Charges)))


def remembered(charges: Charges, ids: pa.Array) -> pa.Table:
    """Return charges as rows of a run."""
    columns = [getattr(charges, field.name) for field in fields(Charges)]
    return pa.table([*map(pa.array, columns), ids], schema=RecentCharges.schema)
