"""Every received position leaves each micro-batch once: the plan of the stream, and that of each batch.

Three exchanges, four stages: bytes are masked where they are read; of each transaction id the first is elected in the
bucket of its hash; cards, devices and other keys count what they see in the buckets of theirs; each Kafka partition's
rows are settled and written together, in the order of its charges. To Spark all of it is stateless: its stateful
operators cost what is remembered (docs/decisions/0020).
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.packet import PACKET, MaskTask
from fraud_stream.stages.sighting import SightTask


def mask_payments(raw: DataFrame, location: str, buckets: Sequence[int]) -> DataFrame:
    """Return the packets (`PACKET`) of a stream of raw positions, whose checkpoint is at `location`."""
    return raw.mapInArrow(MaskTask(location, tuple(buckets)), from_arrow_schema(PACKET))


def elect_payments(packets: DataFrame, elect: ElectTask, sight: SightTask) -> DataFrame:
    """Return the packets of a micro-batch for those that write them: masked rows, accepted positions, and counts."""
    for task in (elect, sight):
        packets = _exchanged(packets, len(task.buckets)).mapInArrow(task, from_arrow_schema(PACKET))
    return _exchanged(packets, len(sight.buckets))


def _exchanged(packets: DataFrame, count: int) -> DataFrame:
    return packets.repartition(count, "bucket")


def balanced_buckets(spark: SparkSession, count: int) -> list[int]:
    """Return `count` group keys of which Spark's hash partitioning sends the n-th to partition n."""
    partition = F.pmod(F.hash("key"), F.lit(count)).alias("partition")
    keys = spark.range(64 * count).select(F.col("id").cast("int").alias("key")).select("key", partition)
    rows = keys.groupBy("partition").agg(F.min("key").alias("key")).orderBy("partition").collect()
    return [row["key"] for row in rows]
