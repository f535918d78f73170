"""Every received position leaves each micro-batch once: the plan of the stream, and that of each batch.

Four stages: bytes are masked where they are read; of each transaction id the first is elected in the bucket of its
hash; cards, devices and other keys count what they see in the buckets of theirs; each Kafka partition's rows are
settled and written together, in the order of its charges. A large batch is exchanged between them, a small one stays
in one task (docs/decisions/0030). To Spark all of it is stateless: its stateful operators cost what is remembered
(docs/decisions/0020).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.packet import PACKET, MaskTask, handed_to
from fraud_stream.stages.sighting import SightTask


@dataclass(frozen=True)
class Stages:
    """What a micro-batch goes through before it is settled and written."""

    mask: MaskTask
    elect: ElectTask
    sight: SightTask

    def exchanged(self, raw: DataFrame) -> DataFrame:
        """Return the packets of raw positions by the bucket that writes them: many tasks, three exchanges."""
        packets = raw.mapInArrow(self.mask, from_arrow_schema(PACKET))
        for task in (self.elect, self.sight):
            packets = _exchanged(packets, len(task.buckets)).mapInArrow(task, from_arrow_schema(PACKET))
        return _exchanged(packets, len(self.sight.buckets))

    def __call__(self, raw: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Return the same packets in one task, for a micro-batch that is too small to be worth an exchange."""
        return handed_to(self.sight, handed_to(self.elect, self.mask(raw)))


def _exchanged(packets: DataFrame, count: int) -> DataFrame:
    return packets.repartition(count, "bucket")


def balanced_buckets(spark: SparkSession, count: int) -> list[int]:
    """Return `count` group keys of which Spark's hash partitioning sends the n-th to partition n."""
    partition = F.pmod(F.hash("key"), F.lit(count)).alias("partition")
    keys = spark.range(64 * count).select(F.col("id").cast("int").alias("key")).select("key", partition)
    rows = keys.groupBy("partition").agg(F.min("key").alias("key")).orderBy("partition").collect()
    return [row["key"] for row in rows]
