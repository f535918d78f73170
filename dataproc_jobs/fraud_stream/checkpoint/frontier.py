"""How far every Kafka partition has been read, in append time and in event time: what state may forget.

One file a batch under `frontier/` in the checkpoint, so that a batch that comes again knows what it knew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from fraud_stream.checkpoint.directory import Checkpoint

KEPT_BATCHES = 100


class Reached(msgspec.Struct, frozen=True):
    """What the batches up to one have reached; times are microseconds since 1970 UTC.

    No record that was not read then was appended before `read_up_to`. `clocks` hold each Kafka partition's latest event
    time, or append time where that is less: a clock that runs ahead does not outdate others.
    """

    read_up_to: int = 0
    clocks: dict[int, int] = {}

    def followed_by(self, read_up_to: int, clocks: Mapping[int, int]) -> "Reached":
        """Return what is reached after one batch more."""
        return Reached(read_up_to, {**self.clocks, **clocks})


@dataclass
class Frontier:
    """What each batch has reached; what was recorded last is remembered, so that the next batch asks no file."""

    checkpoint: Checkpoint
    _latest: tuple[int, Reached] | None = None

    def before(self, batch_id: int) -> Reached:
        """Return what the batches before this one have reached."""
        if self._latest and self._latest[0] == batch_id - 1:
            return self._latest[1]
        earlier = [number for number in self.checkpoint.batches("frontier") if number < batch_id]
        content = self.checkpoint.read(_name(earlier[-1])) if earlier else None
        return msgspec.json.decode(content, type=Reached) if content else Reached()

    def record(self, batch_id: int, reached: Reached) -> None:
        """Record what a batch has reached: the least of its Kafka partitions' `latest_appends`, and their clocks.

        A partition with records to read has some in every batch (Spark starves none), and reads on from its last one.
        One without any in the batch had been read to its end, so what follows there is younger than the batch.
        """
        self.checkpoint.write(_name(batch_id), msgspec.json.encode(reached))
        self._latest = batch_id, reached
        if batch_id >= KEPT_BATCHES:
            self.checkpoint.discard(_name(batch_id - KEPT_BATCHES))


def _name(batch_id: int) -> str:
    return f"frontier/{batch_id}.json"


def latest_appends(received: pa.Table) -> dict[int, int]:
    """Return the append time (microseconds since 1970) of the last record of each Kafka partition."""
    latest = received.group_by("kafka_partition").aggregate([("kafka_timestamp", "max")])
    moments = latest["kafka_timestamp_max"].cast(pa.int64())
    return dict(zip(latest["kafka_partition"].to_pylist(), moments.to_pylist(), strict=True))
