"""The streaming job: reads its settings, builds the one query, and waits."""

import sys
import time
from datetime import UTC, datetime

from pydantic import ValidationError
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from fraud.configuration import problems
from fraud_stream.batch import BatchWriter
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.gate import Gate
from fraud_stream.checkpoint.key_version import KeyVersions
from fraud_stream.checkpoint.lease import CheckpointInUseError, Fence, hold
from fraud_stream.checkpoint.lists import ListBook
from fraud_stream.checkpoint.profiles import ProfileBook
from fraud_stream.checkpoint.progress_mark import ProgressMark
from fraud_stream.checkpoint.scoring import Scorings
from fraud_stream.checkpoint.stop_request import run_until_asked
from fraud_stream.classifier.choice import Choices
from fraud_stream.compatibility import (
    SHUFFLE_PARTITIONS,
    IncompatibleChangeError,
    require_checkpoint,
    require_tables,
)
from fraud_stream.keys import key_ring
from fraud_stream.profiles.standing import StandingProfiles
from fraud_stream.report.progress import ProgressLog, configure_logging
from fraud_stream.report.state_size import StateSize
from fraud_stream.report.status import StreamStatus
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.stages.dispositions import balanced_buckets
from fraud_stream.stages.source import read_payments
from fraud_stream.standing import StandingDetections, StandingLists


def start(
    spark: SparkSession,
    kafka: KafkaSettings,
    stream: StreamSettings,
    warehouse: WarehouseSettings,
    fence: Fence,
    gate: Gate,
) -> StreamingQuery:
    """Start the query on its checkpoint, whose lease is held; its batches go through `gate`.

    Raises IncompatibleChangeError where checkpoint or tables are not as this release needs them.
    """
    checkpoint, store = Checkpoint.at(stream.checkpoint_location), Warehouse(warehouse)
    partitions = int(str(spark.conf.get(SHUFFLE_PARTITIONS)))
    require_checkpoint(checkpoint, partitions)
    if SinkName.BIGQUERY in stream.enabled_sinks:
        require_tables(store.columns(TABLES), TABLES)
    project = warehouse.google_cloud_project
    buckets = tuple(balanced_buckets(spark, partitions))
    profiles = StandingProfiles(checkpoint, store) if SinkName.BIGQUERY in stream.enabled_sinks else tuple
    writer = BatchWriter(
        stream.checkpoint_location,
        checkpoint,
        store,
        AlertCache(stream.redis_url.get_secret_value()),
        buckets,
        stream.enabled_sinks,
        status_of(stream),
        fence,
        KeyVersions(checkpoint, lambda: key_ring().masking.version),
        Scorings(checkpoint, dict(stream.reference_rates()), StandingDetections(project)),
        ListBook(checkpoint, StandingLists(project)),
        Choices(checkpoint, stream.model_location, time.monotonic),
        ProfileBook(checkpoint, profiles),
        lambda: datetime.now(UTC),
        stream.small_batch,
        gate,
    )
    return (
        read_payments(spark, kafka, stream)
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
    stream, gate = settings[1], Gate()
    checkpoint = Checkpoint.at(stream.checkpoint_location)
    query = start(spark, *settings, fence, gate)
    mark = ProgressMark(checkpoint, lambda: datetime.now(UTC))
    progress = ProgressLog(query, status_of(stream), StateSize(lambda: checkpoint.size("runs")), mark)
    progress.started()
    try:
        run_until_asked(query, checkpoint, stream.stream_batch_id, gate, progress.look)
    except StreamingQueryException:
        progress.ended(failed=True)
        raise
    progress.ended(failed=False)


if __name__ == "__main__":
    main()
