"""Payments as they stand on Kafka: one row a position, bytes unread."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from fraud.payments.event import MAX_EVENT_BYTES
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.settings import KafkaSettings, StreamSettings

STARTING_OFFSETS_FILE = "starting_offsets.json"
"""In a checkpoint that goes on where one of an earlier release ended: where that is."""


def starting_offsets(checkpoint: Checkpoint, stream: StreamSettings) -> str:
    """Return where a checkpoint begins to read: where the one before ended, or as the settings say."""
    carried = checkpoint.read(STARTING_OFFSETS_FILE)
    return carried.decode() if carried else stream.starting_offsets


def read_payments(spark: SparkSession, kafka: KafkaSettings, stream: StreamSettings) -> DataFrame:
    """Return the stream of raw positions; `value` is null where it is longer than any payment.

    Committed records only, and a loss of data on Kafka ends the job rather than leaving a gap.
    """
    options = {
        "subscribe": stream.payment_topic,
        "startingOffsets": starting_offsets(Checkpoint.at(stream.checkpoint_location), stream),
        "maxOffsetsPerTrigger": str(stream.max_offsets_per_trigger),
        "failOnDataLoss": "true",
        # every small batch waits this long for more bytes, 500 ms unless told
        "kafka.fetch.max.wait.ms": "10",
        "kafka.isolation.level": "read_committed",
        # with every poll Spark asks the broker for both ends: 500 records a poll, 1 MB of a partition, unless told
        "kafka.max.poll.records": "10000",
        "kafka.max.partition.fetch.bytes": str(8 * 2**20),
        **{f"kafka.{name}": text for name, text in kafka.java_options().items()},
    }
    return as_positions(spark.readStream.format("kafka").options(**options).load())


def as_positions(kafka_rows: DataFrame) -> DataFrame:
    """Keep what masking needs. An oversized value stays in the JVM: batches of them would not fit a Python worker."""
    length = F.coalesce(F.length("value"), F.lit(0))
    return kafka_rows.select(
        F.when(length <= MAX_EVENT_BYTES, F.col("value")).alias("value"),
        length.alias("length"),
        F.col("topic").alias("kafka_topic"),
        F.col("partition").alias("kafka_partition"),
        F.col("offset").alias("kafka_offset"),
        F.col("timestamp").alias("kafka_timestamp"),
    )
