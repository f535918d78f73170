"""A recorded Kafka history as files, one a micro-batch, and the job's query over it without Kafka or sinks."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming.query import StreamingQuery

from fraud.payments.rates import default_rates
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, Reached
from fraud_stream.checkpoint.key_version import KeyVersions
from fraud_stream.keys import key_ring
from fraud_stream.stages.dispositions import Stages
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.masking import TIMESTAMP
from fraud_stream.stages.packet import PACKET, MaskTask
from fraud_stream.stages.sighting import SightTask
from fraud_stream.stages.source import as_positions
from tests.batches import settle_packets
from tests.builders import NOON, TOPIC, Position, payment_json, rfc3339

KAFKA_COLUMNS = "value binary, topic string, partition int, offset bigint, timestamp timestamp"
DEADLINE_S = 120

Settled = dict[int, list[dict[str, object]]]
"""The settled rows of each micro-batch, by its number."""


def charge(second: float, offset: int, transaction: str, **changes: object) -> Position:
    """Return a charge that Kafka appended as it happened, `second` after noon."""
    moment = NOON + timedelta(seconds=second)
    value = payment_json(transaction_id=transaction, event_time=rfc3339(moment), **changes)
    return Position(value=value, offset=offset, appended=moment)


CARD_TESTING = [
    [charge(15, 1, "TXN_2"), charge(16, 2, "TXN_1"), charge(5, 0, "TXN_1")],
    [charge(25, 3, "TXN_3"), charge(26, 4, "TXN_2"), charge(35, 5, "TXN_4"), charge(36, 6, "TXN_4")],
    [charge(45, 7, "TXN_5"), charge(46, 8, "TXN_1")],
]
"""The seeds' first example in three batches, with resends of its charges, and rows not in order of position."""


def record(folder: Path, batches: Sequence[Sequence[Position]]) -> Path:
    """Write one file a micro-batch, read in this order."""
    folder.mkdir()
    for number, positions in enumerate(batches):
        path = folder / f"{number:03}.parquet"
        pq.write_table(_kafka_rows(positions), path)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    return folder


def _kafka_rows(positions: Sequence[Position]) -> pa.Table:
    return pa.table(
        {
            "value": pa.array([position.value for position in positions], pa.binary()),
            "topic": pa.array([TOPIC] * len(positions), pa.string()),
            "partition": pa.array([position.partition for position in positions], pa.int32()),
            "offset": pa.array([position.offset for position in positions], pa.int64()),
            "timestamp": pa.array([position.appended for position in positions], TIMESTAMP),
        }
    )


def stages_of(location: str, keys: KeyVersions, buckets: tuple[int, ...], batch: int, reached: Reached) -> Stages:
    """Return a batch's stages as the job makes them."""
    place = location, buckets, batch
    elect = ElectTask(*place, reached.read_up_to, default_rates())
    return Stages(MaskTask(buckets, keys.of(batch)), elect, SightTask(*place, reached))


def key_versions(checkpoint: Path) -> KeyVersions:
    """Return the key versions of a checkpoint's batches as the job chooses them."""
    return KeyVersions(Checkpoint.at(str(checkpoint)), lambda: key_ring().masking.version)


@dataclass
class Replay:
    """The job's query over a recorded history; `on_batch` may raise, as a sink does.

    Each batch is taken `whole` by one task, or exchanged between many; `plans` are Spark's.
    """

    spark: SparkSession
    buckets: Sequence[int]
    history: Path
    checkpoint: Path
    on_batch: Callable[[int], None] = lambda _batch: None
    settled: Settled = field(default_factory=dict)
    whole: bool = False
    plans: list[str] = field(default_factory=list)

    query: StreamingQuery = field(init=False)
    keys: KeyVersions = field(init=False)

    def run(self) -> None:
        """Process every file that the checkpoint has not seen, one a micro-batch."""
        self.keys = key_versions(self.checkpoint)
        source = self.spark.readStream.schema(KAFKA_COLUMNS).option("maxFilesPerTrigger", 1)
        self.query = (
            as_positions(source.parquet(str(self.history)))
            .writeStream.option("checkpointLocation", str(self.checkpoint))
            .trigger(availableNow=True)
            .foreachBatch(self._write)
            .start()
        )
        try:
            assert self.query.awaitTermination(DEADLINE_S), "the query did not end"
        finally:
            self.query.stop()

    def _write(self, raw: DataFrame, batch: int) -> None:
        reached = Frontier(Checkpoint.at(str(self.checkpoint))).before(batch)
        stages = stages_of(str(self.checkpoint), self.keys, tuple(self.buckets), batch, reached)
        packets = raw.coalesce(1).mapInArrow(stages, from_arrow_schema(PACKET)) if self.whole else stages.exchanged(raw)
        self.plans.append(str(packets._jdf.queryExecution()))
        elected = packets.toArrow()
        received = settle_packets(elected, str(self.checkpoint), tuple(self.buckets), batch)
        self.settled[batch] = received.to_pylist()
        self.on_batch(batch)

    @property
    def rows(self) -> list[dict[str, object]]:
        """The settled rows of all micro-batches, by position."""
        every = [row for batch in self.settled.values() for row in batch]
        return sorted(every, key=lambda row: (str(row["kafka_partition"]), int(str(row["kafka_offset"]))))
