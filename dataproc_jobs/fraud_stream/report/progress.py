"""The job's structured log: one JSON object a line, fit for Cloud Logging; never a payment's content."""

import json

import structlog
from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StateOperatorProgress,
    StreamingQueryListener,
    StreamingQueryProgress,
)

from fraud_stream.report.status import StreamStatus

log = structlog.get_logger()


def configure_logging() -> None:
    """Write log lines as JSON with severity and UTC time to standard output."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.EventRenamer("event"),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )


class ProgressLog(StreamingQueryListener):
    """Tells every micro-batch to the log and to the status: rows, lag, durations, watermark, state."""

    def __init__(self, status: StreamStatus) -> None:
        self._status = status

    def onQueryStarted(self, event: QueryStartedEvent) -> None:  # noqa: N802  Spark's name
        """Say that the stream is reading."""
        log.info("stream_started", run_id=str(event.runId))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:  # noqa: N802  Spark's name
        """Log a micro-batch."""
        figures = summary(event.progress)
        log.info("progress", **figures)
        self._status.report(figures)

    def onQueryIdle(self, event: QueryIdleEvent) -> None:  # noqa: N802  Spark's name
        """Say that there is no new data."""
        self._status.seen()

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:  # noqa: N802  Spark's name
        """Say that the stream has ended, and whether by a failure."""
        log.info("stream_ended", run_id=str(event.runId), failed=event.exception is not None)


def summary(progress: StreamingQueryProgress) -> dict[str, object]:
    """Return a micro-batch's figures under stable names (durations in ms)."""
    behind, rate = sum(map(_offsets_behind, progress.sources)), progress.processedRowsPerSecond
    return {
        "batch_id": progress.batchId,
        "input_rows": progress.numInputRows,
        "rows_per_second": round(rate, 1),
        "offsets_behind": behind,
        "catch_up_ms": round(1000 * behind / rate) if rate else 0,
        "durations_ms": dict(progress.durationMs),
        "watermark": progress.eventTime.get("watermark"),
        "state_bytes": sum(map(_state_bytes, progress.stateOperators)),
    }


def _state_bytes(operator: StateOperatorProgress) -> int:
    """Return the memory and the files of a stateful operator; RocksDB under a memory limit reports its files only."""
    return int(operator.memoryUsedBytes) + int(operator.customMetrics.get("rocksdbSstFileSize", 0))


def _offsets_behind(source: object) -> int:
    ends, latest = (json.loads(getattr(source, name) or "{}") for name in ("endOffset", "latestOffset"))
    return sum(
        last - ends.get(topic, {}).get(partition, 0)
        for topic, partitions in latest.items()
        for partition, last in partitions.items()
    )
