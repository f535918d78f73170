"""How far every Kafka partition has been read, as an append time: what Spark's watermark may not pass.

Spark knows one watermark for all partitions, and in a backlog one of them may be hours ahead. Each batch's rows carry
the frontier that the batches before it reached, and the lower of two watermarks rules (docs/decisions/0004).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from pyspark import TaskContext

from fraud_stream.checkpoint.directory import Checkpoint

KEPT_BATCHES = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Frontier:
    """One file a batch under `frontier/` in the checkpoint: a replayed batch carries what it carried."""

    checkpoint: Checkpoint

    def before(self, batch_id: int) -> datetime:
        """Return an append time such that every record not read before this batch is of that time or later."""
        content = self.checkpoint.read(_name(batch_id - 1))
        return _EPOCH + timedelta(milliseconds=int(content)) if content else _EPOCH

    def record(self, batch_id: int, appended_ms: int) -> None:
        """Record the frontier after a batch: the least of its Kafka partitions' `latest_appends`.

        A partition with records to read has some in every batch (Spark starves none), and reads on from its last one.
        One without any in the batch had been read to its end, so what follows there is younger than the batch.
        """
        self.checkpoint.write(_name(batch_id), str(appended_ms).encode())
        if batch_id >= KEPT_BATCHES:
            self.checkpoint.discard(_name(batch_id - KEPT_BATCHES))


def _name(batch_id: int) -> str:
    return f"frontier/{batch_id}"


def latest_appends(received: pa.Table) -> dict[int, int]:
    """Return the append time (ms since 1970) of the last record of each Kafka partition."""
    latest = received.group_by("kafka_partition").aggregate([("kafka_timestamp", "max")])
    moments = latest["kafka_timestamp_max"].cast(pa.timestamp("ms", tz="UTC"), safe=False).cast(pa.int64())
    return dict(zip(latest["kafka_partition"].to_pylist(), moments.to_pylist(), strict=True))


def running_batch() -> int:
    """Return the number of the micro-batch that a streaming task belongs to."""
    context = TaskContext.get()
    number = context.getLocalProperty("streaming.sql.batchId") if context else None
    if number is None:
        raise RuntimeError("the number of a micro-batch is known in a task of a streaming query only")
    return int(number)
