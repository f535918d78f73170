from pyspark.sql import SparkSession

from fraud_stream.stages.source import as_positions
from tests.builders import NOON
from tests.spark.history import KAFKA_COLUMNS


def test_a_value_longer_than_any_payment_stays_behind(spark: SparkSession) -> None:
    longest, too_long = b"x" * 16_384, b"x" * 16_385
    values = [b"{}", longest, too_long, b"", None]
    kafka = spark.createDataFrame([(value, "t", 3, at, NOON) for at, value in enumerate(values)], KAFKA_COLUMNS)
    kept = [(b"{}", 2), (longest, 16_384), (None, 16_385), (b"", 0), (None, 0)]
    rows = as_positions(kafka).orderBy("kafka_offset").select("value", "length", "kafka_offset", "kafka_timestamp")
    assert rows.toArrow().to_pylist() == [
        {"value": value, "length": length, "kafka_offset": at, "kafka_timestamp": NOON}
        for at, (value, length) in enumerate(kept)
    ]
