"""The streaming job: reads its settings, builds the one query, and waits."""

import sys
from datetime import UTC, datetime

from pydantic import ValidationError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming.query import StreamingQuery

from fraud.configuration import problems
from fraud_stream.batch import BatchWriter
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.lease import CheckpointInUseError, Fence, hold
from fraud_stream.checkpoint.scoring import Scoring, enact
from fraud_stream.checkpoint.stop_request import run_until_asked
from fraud_stream.compatibility import (
    SHUFFLE_PARTITIONS,
    IncompatibleChangeError,
    require_checkpoint,
    require_tables,
)
from fraud_stream.keys import key_ring
from fraud_stream.report.progress import ProgressLog, configure_logging
from fraud_stream.report.status import StreamStatus
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.stages.block import OUTLINE, MaskTask
from fraud_stream.stages.dispositions import balanced_buckets, with_features
from fraud_stream.stages.source import read_payments


def settle_payments(raw: DataFrame, buckets: list[int], checkpoint_location: str) -> DataFrame:
    """Return blocks of masked rows, outlines and feature rows of a stream of raw positions."""
    return with_features(raw.mapInArrow(MaskTask(checkpoint_location), from_arrow_schema(OUTLINE)), buckets)


def start(
    spark: SparkSession, kafka: KafkaSettings, stream: StreamSettings, warehouse: WarehouseSettings, fence: Fence
) -> StreamingQuery:
    """Start the query on its checkpoint, whose lease is held.

    Raises IncompatibleChangeError where checkpoint or tables are not as this release needs them.
    """
    checkpoint, store = Checkpoint.at(stream.checkpoint_location), Warehouse(warehouse)
    partitions = int(str(spark.conf.get(SHUFFLE_PARTITIONS)))
    require_checkpoint(checkpoint, partitions)
    if SinkName.BIGQUERY in stream.enabled_sinks:
        require_tables(store.columns(TABLES), TABLES)
    buckets = balanced_buckets(spark, partitions)
    writer = BatchWriter(
        checkpoint,
        store,
        AlertCache(stream.redis_url.get_secret_value()),
        buckets,
        stream.enabled_sinks,
        status_of(stream),
        fence,
        enact(checkpoint, Scoring(rules=stream.score_rules, rates=dict(stream.reference_rates()))),
        lambda: datetime.now(UTC),
    )
    return (
        settle_payments(read_payments(spark, kafka, stream), buckets, stream.checkpoint_location)
        .writeStream.queryName("detect_fraud")
        .option("checkpointLocation", stream.checkpoint_location)
        .trigger(processingTime=f"{stream.trigger_interval_ms} milliseconds")
        .foreachBatch(writer)
        .start()
    )


def status_of(stream: StreamSettings) -> StreamStatus:
    """Return where the job tells how it fares."""
    return StreamStatus(stream.redis_url.get_secret_value(), stream.checkpoint_location)


def main() -> None:
    """Run until the query ends; a bad setting or key stops it before Spark starts."""
    try:
        settings = KafkaSettings(), StreamSettings(), WarehouseSettings()
        settings[1].reference_rates()
        key_ring()
    except ValidationError as error:
        sys.exit(problems(error))
    except ValueError as error:
        sys.exit(str(error))
    configure_logging()
    try:
        with hold(settings[1].checkpoint_location) as fence:
            run(settings, fence)
    except (CheckpointInUseError, IncompatibleChangeError) as error:
        sys.exit(str(error))


def run(settings: tuple[KafkaSettings, StreamSettings, WarehouseSettings], fence: Fence) -> None:
    """Run the query until it ends or is asked to."""
    spark = SparkSession.builder.appName("detect_fraud").getOrCreate()
    spark.streams.addListener(ProgressLog(status_of(settings[1])))
    checkpoint = Checkpoint.at(settings[1].checkpoint_location)
    run_until_asked(start(spark, *settings, fence), checkpoint, settings[1].stream_batch_id)


if __name__ == "__main__":
    main()
