"""What tasks exchange: Arrow blocks by bucket, so that the JVM handles a few values a task and no rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud.payments.form import DECLINED
from fraud_stream.stages.masking import AMOUNT, MASKED, mask_batches
from fraud_stream.state.hashing import hash64, hash128, token64
from fraud_stream.state.ids import OUTLINE
from fraud_stream.state.run import Int64s
from fraud_stream.state.sightings import Sightings
from fraud_stream.state.views import VIEWS

MAX_ROWS = 50_000
"""Most masked rows in a block: a value in Spark is far below its limit of 2 GiB."""


class Kind(IntEnum):
    """What a packet holds."""

    MASKED = 0
    CANDIDATES = 1
    ACCEPTED = 2
    SIGHTINGS = 3
    COUNTS = 4


PACKET = pa.schema([("bucket", pa.int32()), ("kind", pa.int8()), ("block", pa.binary())])
"""`bucket` is the group key by which packets are exchanged; `block` an Arrow stream of rows."""

ACCEPTED = pa.schema([("partition", pa.int32()), ("offset", pa.int64())])
"""The positions of accepted records."""

CANDIDATE = pa.schema(
    [
        *OUTLINE,
        *(pa.field(name, pa.uint64()) for name in ("card", "device", "sender", "network", "merchant", "bin")),
        ("amount", AMOUNT),
        ("currency", pa.string()),
        ("is_declined", pa.bool_()),
    ]
)
"""A record that may be accepted: its outline, and by what it is looked at if it is."""

SIGHTING = Sightings.schema.append(pa.field("offset", pa.int64()))
"""Sightings of this batch, with their position."""

_VIEW = b"view"

Packet = tuple[int, Kind, Sequence[pa.Table]]
Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""Takes and yields `PACKET` rows."""


@dataclass(frozen=True)
class MaskTask:
    """Masks raw positions with a key version and packs them for `buckets`: what `DataFrame.mapInArrow` runs."""

    buckets: tuple[int, ...]
    key_version: str

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield `PACKET` rows. Raises ValueError where this process does not know the key."""
        for masked in gathered(mask_batches(batches, self.key_version)):
            yield from packed(masked, self.buckets)


def packed(masked: pa.Table, buckets: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """Yield masked rows (`MASKED`) as `PACKET` rows: whole for those that write them, and outlined for the election."""
    yield from sealed(masked_packets(masked, buckets))
    yield from sealed(candidate_packets(masked, buckets))


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
        yield buckets[partition % len(buckets)], Kind.MASKED, [rows]


def candidate_packets(masked: pa.Table, buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield the rows whose disposition is open (`CANDIDATE`) for the buckets of their ids."""
    undecided = masked.filter(masked["disposition"].is_null())
    h1, h2 = hash128(undecided["transaction_id"].combine_chunks())
    columns = {
        "h1": h1,
        "h2": h2,
        **{name: undecided[source] for name, source in zip(OUTLINE.names[2:], _NAMES, strict=True)},
        **{name: token64(undecided[source]) for name, source in _TOKENS.items()},
        **{name: hash64(undecided[source]) for name, source in _TEXTS.items()},
        "amount": undecided["amount"],
        "currency": undecided["currency"],
        "is_declined": pc.equal(undecided["status"], DECLINED),
    }
    rows = pa.table([columns[name] for name in CANDIDATE.names], CANDIDATE.names).cast(CANDIDATE)
    yield from divided(rows, h1, buckets, Kind.CANDIDATES)


_NAMES = ("event_time", "kafka_timestamp", "kafka_partition", "kafka_offset")
_TOKENS = {"card": "card_token", "bin": "bin_token"}
_TEXTS = {"device": "device_id", "sender": "sender_account_id", "network": "ip_address", "merchant": "merchant_id"}


def accepted_packets(accepted: pa.Table, buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield accepted positions (`ACCEPTED`) for the buckets that write them."""
    yield from divided(accepted, accepted["partition"].to_numpy(), buckets, Kind.ACCEPTED)


def sighting_packets(sightings: pa.Table, buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield sightings (`SIGHTING`) for the buckets of their keys."""
    yield from divided(sightings, sightings["key"].to_numpy(), buckets, Kind.SIGHTINGS)


def count_packets(counts: Sequence[pa.Table], buckets: Sequence[int]) -> Iterator[Packet]:
    """Yield what views (`VIEWS`) have counted for the buckets that write the payments, all views in one block."""
    parts: dict[int, list[pa.Table]] = {}
    for view, table in zip(VIEWS, counts, strict=True):
        named = table.replace_schema_metadata({_VIEW: str(view.number)})
        for bucket, _, [rows] in divided(named, table["partition"].to_numpy(), buckets, Kind.COUNTS):
            parts.setdefault(bucket, []).append(rows)
    for bucket, tables in parts.items():
        yield bucket, Kind.COUNTS, tables


def divided(rows: pa.Table, key: npt.NDArray[np.integer[Any]], buckets: Sequence[int], kind: Kind) -> Iterator[Packet]:
    """Yield rows for the buckets that a column of numbers sends them to."""
    index = (key % len(buckets)).astype(np.int64)
    for number in np.flatnonzero(np.bincount(index)).tolist():
        yield buckets[number], kind, [rows.filter(pa.array(index == number))]


def sealed(packets: Iterable[Packet]) -> Iterator[pa.RecordBatch]:
    """Yield packets as `PACKET` rows, one a batch."""
    for bucket, kind, tables in packets:
        sink = pa.BufferOutputStream()
        for rows in tables:
            with pa.ipc.new_stream(sink, rows.schema) as writer:
                writer.write_table(rows)
        row = [pa.array([bucket], pa.int32()), pa.array([kind], pa.int8()), _as_value(sink.getvalue())]
        yield pa.RecordBatch.from_arrays(row, schema=PACKET)


def _as_value(content: pa.Buffer) -> pa.Array:
    offsets = pa.py_buffer(np.array([0, content.size], np.int32))
    return pa.Array.from_buffers(pa.binary(), 1, [None, offsets, content])


def by_bucket(packets: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.Table]]:
    """Yield each bucket with the packets for it."""
    rows = pa.Table.from_batches(packets, PACKET)
    buckets = pc.unique(rows["bucket"]).sort().to_pylist()
    for bucket in buckets:
        yield bucket, rows if len(buckets) == 1 else rows.filter(pc.equal(rows["bucket"], bucket))


def handed_to(task: Task, packets: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what a task makes of the packets of each bucket, in this process: an exchange without Spark."""
    for _, arrived in by_bucket(packets):
        yield from task(arrived.to_batches())


def passing(batches: Iterable[pa.RecordBatch], kind: Kind, kept: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield packets as they come, but for those of a kind, which are kept."""
    for batch in batches:
        is_wanted = pc.equal(batch["kind"], kind.value)
        kept.append(batch.filter(is_wanted))
        yield batch.filter(pc.invert(is_wanted))


def opened(packets: pa.Table, kind: Kind, schema: pa.Schema) -> pa.Table:
    """Return the rows of all packets of a kind."""
    return pa.concat_tables([schema.empty_table(), *_tables(packets, kind)])


def opened_counts(packets: pa.Table) -> list[pa.Table]:
    """Return by view (`VIEWS`) what it has counted of each payment."""
    parts: dict[int, list[pa.Table]] = {view.number: [view.schema.empty_table()] for view in VIEWS}
    for table in _tables(packets, Kind.COUNTS):
        parts[int(table.schema.metadata[_VIEW])].append(table.replace_schema_metadata(None))
    return [pa.concat_tables(parts[view.number]) for view in VIEWS]


def _tables(packets: pa.Table, kind: Kind) -> Iterator[pa.Table]:
    for block in packets.filter(pc.equal(packets["kind"], kind.value))["block"]:
        content = pa.BufferReader(block.as_buffer())
        while content.tell() < content.size():
            yield pa.ipc.open_stream(content).read_all()


def masked_rows(packets: pa.Table) -> pa.Table:
    """Return the masked rows in packets, by position."""
    rows = opened(packets, Kind.MASKED, MASKED)
    return by_position(rows, position_keys(rows["kafka_partition"], rows["kafka_offset"]))


def by_position(rows: pa.Table, keys: Int64s) -> pa.Table:
    """Return rows in the order of their positions (`position_keys`), in which one Kafka partition's already come."""
    return rows if (keys[1:] >= keys[:-1]).all() else rows.take(pa.array(np.argsort(keys)))


def position_keys(partition: pa.ChunkedArray, offset: pa.ChunkedArray) -> Int64s:
    """Return positions as single numbers: 2^47 offsets of 2^16 partitions are more than a topic ever holds."""
    keys: Int64s = (partition.to_numpy().astype(np.int64) << 47) | offset.to_numpy()
    return keys
