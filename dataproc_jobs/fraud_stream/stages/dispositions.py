"""Every received position leaves each micro-batch once, with the features of those that were accepted.

One read of Kafka feeds two branches: all masked rows in their blocks, and the first of each transaction id with its
velocity.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.state import GroupStateTimeout

from fraud.payments.disposition import WATERMARK_DELAY
from fraud_stream.stages.velocity import FEATURES, STATE, add_velocity

_DELAY = f"{WATERMARK_DELAY.total_seconds():.0f} seconds"


def with_features(masked: DataFrame, buckets: Sequence[int]) -> DataFrame:
    """Return the rows of `masked` (`OUTLINE`) plus, for each accepted one, a row with its position and features only.

    `buckets` are the group keys of `balanced_buckets`; their number is the number of shuffle partitions.
    """
    received = masked.repartition(len(buckets), "transaction_id")
    features = (
        accepted(received.withWatermark("watermark_time", _DELAY))
        .withColumn("bucket", bucket("sender", buckets))
        .groupBy("bucket")
        .applyInPandasWithState(add_velocity, FEATURES, STATE, "append", GroupStateTimeout.NoTimeout)
    )
    # of the query's two watermarks Spark takes the lower; one column cannot have both
    return received.withWatermark("read_frontier", _DELAY).unionByName(features, allowMissingColumns=True)


def accepted(received: DataFrame) -> DataFrame:
    """Return what velocity needs of the first row of each transaction id; 1970's rows are late and fall out.

    The sort makes "first" the lowest position, whatever order the shuffle delivers: a replay elects the same row.
    """
    return (
        received.select(
            "transaction_id",
            "watermark_time",
            "kafka_partition",
            "kafka_offset",
            F.xxhash64("sender_account_id").alias("sender"),
            F.unix_micros("event_time").alias("at"),
            F.unix_micros("kafka_timestamp").alias("appended_at"),
            F.hash("region").alias("region"),
            F.hash("device_id").alias("device"),
            # names the other columns, so that none is pruned below the exchange and both branches share it: one read
            F.xxhash64(F.length("block"), "read_frontier").alias("others"),
        )
        .sortWithinPartitions("kafka_partition", "kafka_offset")
        .dropDuplicatesWithinWatermark(["transaction_id"])
    )


def balanced_buckets(spark: SparkSession, count: int) -> list[int]:
    """Return `count` group keys that Spark's hash partitioning sends to `count` different partitions."""
    partition = F.pmod(F.hash("key"), F.lit(count)).alias("partition")
    keys = spark.range(64 * count).select(F.col("id").cast("int").alias("key")).select("key", partition)
    rows = keys.groupBy("partition").agg(F.min("key").alias("key")).orderBy("partition").collect()
    return [row["key"] for row in rows]


def bucket(number: str, buckets: Sequence[int]) -> Column:
    """Return the group key of a whole-number column: rows of one number share it."""
    index = F.pmod(number, F.lit(len(buckets))).cast("int")
    return F.element_at(F.array(*map(F.lit, buckets)), index + 1)
