from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.stop_request import run_until_asked


def reading(spark: SparkSession, folder: Path, fails: bool = False) -> StreamingQuery:
    """Start a query that goes on until it is stopped, or fails at its first batch."""

    def write(rows: DataFrame, batch_id: int) -> None:
        if fails:
            raise RuntimeError(f"{rows.columns} of {batch_id}")

    rows = spark.readStream.format("rate").option("rowsPerSecond", 5).load()
    return rows.writeStream.option("checkpointLocation", str(folder)).foreachBatch(write).start()


def test_a_batch_ends_at_its_own_marker_and_at_no_other(spark: SparkSession, tmp_path: Path) -> None:
    query, checkpoint = reading(spark, tmp_path), Checkpoint.at(str(tmp_path))
    checkpoint.write("stop/detect-fraud-1-aa", b"asked")
    query.awaitTermination(1)
    assert query.isActive
    checkpoint.write("stop/detect-fraud-2-aa", b"asked")
    run_until_asked(query, checkpoint, "detect-fraud-2-aa")
    assert (query.isActive, query.exception()) == (False, None)


def test_a_failed_query_is_not_taken_for_a_clean_end(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(StreamingQueryException):
        run_until_asked(reading(spark, tmp_path, fails=True), Checkpoint.at(str(tmp_path)), "detect-fraud-1-aa")
