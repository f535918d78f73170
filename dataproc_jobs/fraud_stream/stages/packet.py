"""What tasks exchange: Arrow blocks by bucket, so that the JVM handles a few values a task and no rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.key_version import KeyVersions, running_batch
from fraud_stream.keys import key_ring
from fraud_stream.stages.masking import MASKED, mask_batches
from fraud_stream.state.hashing import hash128
from fraud_stream.state.ids import OUTLINE
from fraud_stream.state.run import Int64s

MAX_ROWS = 50_000
"""Most masked rows in a block: a value in Spark is far below its limit of 2 GiB."""


class Kind(IntEnum):
    """What a packet holds."""

    MASKED = 0
    OUTLINES = 1
    ACCEPTED = 2


PACKET = pa.schema([("bucket", pa.int32()), ("kind", pa.int8()), ("block", pa.binary())])
"""`bucket` is the group key by which packets are exchanged; `block` an Arrow stream of rows."""

ACCEPTED = pa.schema([("partition", pa.int32()), ("offset", pa.int64())])
"""The positions of accepted records."""

Packet = tuple[int, Kind, pa.Table]


@dataclass(frozen=True)
class MaskTask:
    """Masks raw positions and packs them for `buckets` (`balanced_buckets`): what `DataFrame.mapInArrow` runs.

    A micro-batch keeps the key version that the checkpoint at `location` holds for it.
    """

    location: str
    buckets: tuple[int, ...]

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield `PACKET` rows."""
        version = KeyVersions(Checkpoint.at(self.location)).of(running_batch(), key_ring().masking.version)
        for masked in gathered(mask_batches(batches, version)):
            yield from sealed(masked_packets(masked, self.buckets))
            yield from sealed(outline_packets(masked, self.buckets))


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield batches put together to tables of about `MAX_ROWS`."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= MAX_ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def masked_packets(masked: pa.Table, buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield the rows (`MASKED`) of each Kafka partition for the bucket that writes them."""
    for partition in pc.unique(masked["kafka_partition"]).to_pylist():
        rows = masked.filter(pc.equal(masked["kafka_partition"], partition))
        yield buckets[partition % len(buckets)], Kind.MASKED, rows


def outline_packets(masked: pa.Table, buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield the outlines (`OUTLINE`) of the rows whose disposition is open, for the buckets of their ids."""
    undecided = masked.filter(masked["disposition"].is_null())
    h1, h2 = hash128(undecided["transaction_id"].combine_chunks())
    rows = pa.table([h1, h2, *map(undecided.column, _NAMES)], OUTLINE.names).cast(OUTLINE)
    yield from _divided(rows, (h1 % len(buckets)).astype(np.int64), buckets, Kind.OUTLINES)


_NAMES = ("event_time", "kafka_timestamp", "kafka_partition", "kafka_offset")


def accepted_packets(accepted: pa.Table, buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield accepted positions (`ACCEPTED`) for the buckets that write them."""
    yield from _divided(accepted, accepted["partition"].to_numpy() % len(buckets), buckets, Kind.ACCEPTED)


def _divided(rows: pa.Table, index: Int64s, buckets: Sequence[int], kind: Kind) -> Iterator[Packet]:
    for number in np.unique(index).tolist():
        yield buckets[number], kind, rows.filter(pa.array(index == number))


def sealed(packets: Iterable[Packet]) -> Iterator[pa.RecordBatch]:
    """Yield packets as `PACKET` rows, one a batch."""
    for bucket, kind, rows in packets:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as writer:
            writer.write_table(rows)
        row = [pa.array([bucket], pa.int32()), pa.array([kind], pa.int8()), _as_value(sink.getvalue())]
        yield pa.RecordBatch.from_arrays(row, schema=PACKET)


def _as_value(content: pa.Buffer) -> pa.Array:
    offsets = pa.py_buffer(np.array([0, content.size], np.int32))
    return pa.Array.from_buffers(pa.binary(), 1, [None, offsets, content])


def opened(packets: pa.Table, kind: Kind, schema: pa.Schema) -> pa.Table:
    """Return the rows of all packets of a kind."""
    blocks = packets.filter(pc.equal(packets["kind"], kind.value))["block"]
    tables = [pa.ipc.open_stream(block.as_buffer()).read_all() for block in blocks]
    return pa.concat_tables([schema.empty_table(), *tables])


def masked_rows(packets: pa.Table) -> pa.Table:
    """Return the masked rows in packets, by position."""
    return opened(packets, Kind.MASKED, MASKED).sort_by([(name, "ascending") for name in _NAMES[2:]])
