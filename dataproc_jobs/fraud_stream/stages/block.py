"""Masked rows on their way to the sink: whole Arrow batches as single values, so that the JVM handles few columns.

Beside them goes the outline of each row that may still be accepted: what the election and velocity look at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, running_batch
from fraud_stream.stages.masking import MASKED, TIMESTAMP, mask_batches

OUTLINE = pa.schema(
    [
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("kafka_timestamp", TIMESTAMP),
        ("event_time", TIMESTAMP),
        ("transaction_id", pa.string()),
        ("sender_account_id", pa.string()),
        ("region", pa.string()),
        ("device_id", pa.string()),
        ("watermark_time", TIMESTAMP),
        ("read_frontier", TIMESTAMP),
        ("block", pa.binary()),
    ]
)
"""Outlines have no block. A row with one stands for masked rows of one Kafka partition, `kafka_offset` the first's;
it carries 1970, so that it is never elected, and its position as transaction id, so that blocks spread evenly. Only
blocks carry the frontier."""

_1970 = pa.scalar(0, TIMESTAMP)


@dataclass(frozen=True)
class MaskTask:
    """Masks raw positions and packs them: what `DataFrame.mapInArrow` runs."""

    checkpoint_location: str

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield `OUTLINE` rows."""
        frontier = Frontier(Checkpoint.at(self.checkpoint_location)).before(running_batch())
        return packed(mask_batches(batches), frontier)


def packed(batches: Iterable[pa.RecordBatch], frontier: datetime) -> Iterator[pa.RecordBatch]:
    """Yield the outlines and the blocks (`OUTLINE`) of masked batches, before which `frontier` had been reached."""
    for masked in batches:
        yield outlines(masked)
        for partition in pc.unique(masked["kafka_partition"]):
            yield _block(masked.filter(pc.equal(masked["kafka_partition"], partition)), frontier)


def outlines(masked: pa.RecordBatch) -> pa.RecordBatch:
    """Return the outline of each row whose disposition is open."""
    undecided = masked.filter(masked["disposition"].is_null())
    columns = [
        undecided[field.name] if field.name in MASKED.names else pa.nulls(len(undecided), field.type)
        for field in OUTLINE
    ]
    return pa.RecordBatch.from_arrays(columns, schema=OUTLINE)


def _block(masked: pa.RecordBatch, frontier: datetime) -> pa.RecordBatch:
    partition, offset = masked["kafka_partition"][0].as_py(), masked["kafka_offset"][0].as_py()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, MASKED) as writer:
        writer.write_batch(masked)
    row = {
        "kafka_partition": partition,
        "kafka_offset": offset,
        "transaction_id": f"{partition}/{offset}",
        "watermark_time": _1970,
        "read_frontier": frontier,
        "block": sink.getvalue().to_pybytes(),
    }
    return pa.RecordBatch.from_pylist([row], OUTLINE)


def unpacked(blocks: pa.ChunkedArray) -> pa.Table:
    """Return the masked rows (`MASKED`) of blocks; nulls among them hold none."""
    tables = [pa.ipc.open_stream(block.as_buffer()).read_all() for block in blocks.drop_null()]
    return pa.concat_tables([MASKED.empty_table(), *tables])
