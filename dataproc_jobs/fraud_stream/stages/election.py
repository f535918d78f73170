"""The election: of each transaction id the first record, and each that lies an hour or more from all accepted ones."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.stages.packet import ACCEPTED, Kind, accepted_packets, opened, sealed
from fraud_stream.state.ids import OUTLINE, Ids, Outlines, elect
from fraud_stream.state.run import Int64s
from fraud_stream.state.store import run_store


@dataclass(frozen=True)
class ElectTask:
    """Elects among the outlines of one bucket of ids in one batch; masked rows pass. What `mapInArrow` runs.

    `read_up_to` is an append time (microseconds since 1970) that no record still to come lies before.
    """

    location: str
    buckets: tuple[int, ...]
    batch: int
    read_up_to: int

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield `PACKET` rows: masked ones as they came, and the accepted positions."""
        outlines = []
        for batch in batches:
            is_outline = pc.equal(batch["kind"], Kind.OUTLINES.value)
            yield batch.filter(pc.invert(is_outline))
            outlines.append(batch.filter(is_outline))
        found = pa.Table.from_batches(outlines) if outlines else None
        if found:
            bucket = self.buckets.index(found["bucket"][0].as_py())
            accepted = self.elect(opened(found, Kind.OUTLINES, OUTLINE), bucket)
            yield from sealed(accepted_packets(accepted, self.buckets))

    def elect(self, rows: pa.Table, bucket: int) -> pa.Table:
        """Return the accepted positions (`ACCEPTED`) among outlines, and remember their ids."""
        store, family, outlines = run_store(self.location, Ids.name, bucket), Ids(self.read_up_to), Outlines.of(rows)
        accepted = outlines[elect(outlines, store.before(self.batch, family))]
        columns = [getattr(accepted, name) for name in family.schema.names]
        decided = store.create(self.batch, family, pa.table(columns, schema=family.schema))
        return pa.Table.from_batches([decided]).select(ACCEPTED.names).replace_schema_metadata(None)


def is_accepted(received: pa.Table, accepted: pa.Table) -> pa.Array:
    """Tell which received rows stand among accepted positions."""
    wanted = position_keys(accepted["partition"], accepted["offset"])
    return pa.array(np.isin(position_keys(received["kafka_partition"], received["kafka_offset"]), wanted))


def position_keys(partition: pa.ChunkedArray, offset: pa.ChunkedArray) -> Int64s:
    """Return positions as single numbers: 2^47 offsets of 2^16 partitions are more than a topic ever holds."""
    keys: Int64s = (partition.to_numpy().astype(np.int64) << 47) | offset.to_numpy()
    return keys
