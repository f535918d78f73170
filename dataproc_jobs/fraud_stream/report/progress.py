"""The job's structured log: one JSON object a line, fit for Cloud Logging; never a payment's content."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from pyspark.sql.streaming.query import StreamingQuery

from fraud_stream.report.standing import Standing
from fraud_stream.report.status import StreamStatus

Ends = Mapping[str, Mapping[str, int]]
"""By topic and partition the first offset that has not been read."""

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


@dataclass
class ProgressLog:
    """Tells the log and the status how a query gets on: rows, positions behind, durations, size of the state.

    `moved` is told up to where was read, when a batch has ended and while there is nothing to read.

    Spark is asked now and then, by one JSON string: to be told each batch costs 0.15 s of CPU a batch. Batches that
    come and go between two looks are passed over; `batch_written` tells of every one.
    """

    query: StreamingQuery
    status: StreamStatus
    state_bytes: Callable[[], int]
    moved: Callable[[Ends], None]
    _standing: Standing = field(default_factory=Standing)
    _run_id: str = field(init=False)
    _told: int = -1

    def __post_init__(self) -> None:
        self._run_id = str(self.query.runId)

    def started(self) -> None:
        """Say that the stream is reading."""
        log.info("stream_started", run_id=self._run_id)

    def look(self) -> None:
        """Tell of the newest batch; if that has been told, say that the job is alive, unless it is busy.

        A job that hangs in a batch is not taken for one that has nothing to do.
        """
        progress = last_progress(self.query)
        if progress and progress["batchId"] != self._told:
            self._told = progress["batchId"]
            figures = summary(progress, self.state_bytes(), self._standing.longest_s(progress))
            log.info("progress", **figures)
            ends = _ends(progress)
            self.status.report(figures | {"ends": ends})
            self.moved(ends)
        elif not self.query.status["isTriggerActive"]:
            self.status.seen()
            self.moved(_ends(progress))

    def ended(self, failed: bool) -> None:
        """Say that the stream has ended, and whether by a failure."""
        log.info("stream_ended", run_id=self._run_id, failed=failed)


def last_progress(query: StreamingQuery) -> dict[str, Any] | None:
    """Return what Spark says of the newest batch, in its JSON names; None before the first."""
    found = query._jsq.lastProgress()  # noqa: SLF001  the public one asks the JVM for each field by itself
    return json.loads(found.json()) if found else None


def summary(progress: Mapping[str, Any], state_bytes: int, standing_s: float) -> dict[str, object]:
    """Return a micro-batch's figures under stable names (durations in ms, but for `standing_s`)."""
    behind, rate = sum(map(_offsets_behind, progress["sources"])), progress.get("processedRowsPerSecond") or 0.0
    return {
        "batch_id": progress["batchId"],
        "input_rows": progress["numInputRows"],
        "rows_per_second": round(rate, 1),
        "offsets_behind": behind,
        "catch_up_ms": round(1000 * behind / rate) if rate else 0,
        "durations_ms": progress["durationMs"],
        "state_bytes": state_bytes,
        "standing_s": standing_s,
    }


def _ends(progress: Mapping[str, Any] | None) -> Ends:
    """Return up to where everything has been read and written; nothing before the first batch."""
    found: dict[str, dict[str, int]] = {}
    for source in progress["sources"] if progress else ():
        found |= source.get("endOffset") or {}
    return found


def _offsets_behind(source: Mapping[str, Any]) -> int:
    """Return how many positions a Kafka source has not read yet; Spark leaves out what it does not know."""
    ends, latest = source.get("endOffset") or {}, source.get("latestOffset") or {}
    return sum(
        last - ends.get(topic, {}).get(partition, 0)
        for topic, partitions in latest.items()
        for partition, last in partitions.items()
    )
