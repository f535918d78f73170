"""The sink of each micro-batch: alerts first, then dead letters, then the warehouse; every step may be repeated."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
from pyspark import TaskContext

from fraud.alerts.alert import Alert
from fraud.payments.disposition import Disposition
from fraud_stream.checkpoint.directory import BatchClock
from fraud_stream.checkpoint.frontier import latest_appends
from fraud_stream.checkpoint.lease import Fence
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.alert_topic import AlertTopic
from fraud_stream.sinks.dead_letter import DeadLetter, DeadLetterTopic
from fraud_stream.sinks.tables import TABLES, Settled, name_as_stored
from fraud_stream.sinks.warehouse import Ends, StreamEnd, Warehouse
from fraud_stream.stages.alerts import raise_alerts
from fraud_stream.stages.block import unpacked
from fraud_stream.stages.enrichment import Scorer, settle

OUTCOME = pa.schema(
    [
        ("sink_partition", pa.int32()),
        ("kind", pa.string()),
        ("name", pa.string()),
        ("stream", pa.string()),
        ("number", pa.int64()),
    ]
)
"""What a task tells the driver: rows by disposition, alerts by severity, alert age in ms, the last append time (ms) by
Kafka partition, and stream ends by table."""

Outcome = list[tuple[int, str, str, str | None, int]]


@dataclass(frozen=True)
class Sinks:
    """Every destination, as one executor process uses it."""

    stream: StreamSettings
    cache: AlertCache
    topic: AlertTopic
    warehouse: Warehouse

    def dead_letters(self, partition: int) -> DeadLetterTopic:
        """Return one sink partition's writer of dead letters."""
        owner = f"{self.stream.dead_letter_owner}-{partition}"
        return DeadLetterTopic(KafkaSettings(), self.stream.dead_letter_topic, owner)


@cache
def executor_sinks() -> Sinks:
    """Return this process's sinks, made from its environment on first use."""
    stream, warehouse = StreamSettings(), WarehouseSettings()
    return Sinks(
        stream,
        AlertCache(stream.redis_url.get_secret_value()),
        AlertTopic(warehouse.google_cloud_project, stream.alert_topic),
        Warehouse(warehouse),
    )


@dataclass(frozen=True)
class SinkTask:
    """One sink partition of one micro-batch: what `mapInArrow` runs. Holds no secret: it travels in a closure."""

    clock: BatchClock
    ends: Ends
    enabled: frozenset[SinkName]
    fence: Fence
    scorer: Scorer

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Write the partition's rows everywhere and yield the outcome."""
        received = [batch for batch in batches if batch.num_rows]
        if received:
            outcome = self.write(pa.Table.from_batches(received), _sink_partition())
            columns = zip(*outcome, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, OUTCOME, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=OUTCOME)

    def write(self, rows: pa.Table, partition: int) -> Outcome:
        """Settle, score and write rows; return how many of each kind, and where the streams end now."""
        self.fence.require()
        sinks = executor_sinks()
        features = rows.filter(rows["velocity_60s"].is_valid())
        received = settle(unpacked(rows["block"]), features, self.clock.late_below)
        received = received.append_column("ingested_at", pa.repeat(self.clock.ingested_at, received.num_rows))
        accepted = received.filter(pc.equal(received["disposition"], Disposition.ACCEPTED.value))
        settled = Settled(received, name_as_stored(self.scorer.score(accepted)))
        alerts = raise_alerts(settled.scored)
        self._announce(sinks, alerts)
        now = datetime.now(UTC)
        if SinkName.DEAD_LETTER in self.enabled:
            sinks.dead_letters(partition).copy(_dead_letters(settled))
        ends = self._store(sinks.warehouse, settled, partition)
        return [*_counts(settled, alerts, partition, now), *_appends(received, partition), *_ends(ends, partition)]

    def _announce(self, sinks: Sinks, alerts: Sequence[Alert]) -> None:
        if SinkName.REDIS in self.enabled:
            sinks.cache.write(alerts)
        if SinkName.PUBSUB in self.enabled:
            sinks.topic.publish(alerts)

    def _store(self, warehouse: Warehouse, settled: Settled, partition: int) -> dict[str, StreamEnd]:
        if SinkName.BIGQUERY not in self.enabled:
            return {}
        return {
            table.name: warehouse.append(table, self.ends[table.name][partition], table.rows(settled))
            for table in TABLES
        }


def _sink_partition() -> int:
    context = TaskContext.get()
    if context is None:
        raise RuntimeError("a sink task runs in a Spark task only")
    return context.partitionId()


def _dead_letters(settled: Settled) -> list[DeadLetter]:
    columns = ["kafka_topic", "kafka_partition", "kafka_offset", "reason", "field"]
    rejected = settled.of(Disposition.REJECTED).select(columns)
    return [DeadLetter(*row.values()) for row in rejected.to_pylist()]


def _counts(settled: Settled, alerts: Sequence[Alert], partition: int, now: datetime) -> Outcome:
    counts = settled.received["disposition"].value_counts().to_pylist()
    rows: Outcome = [(partition, "rows", count["values"], None, count["counts"]) for count in counts]
    rows += [(partition, "alert", alert.severity.value, None, 1) for alert in alerts]
    if alerts:
        ids = pa.array([alert.transaction_id for alert in alerts])
        appended = settled.scored.filter(pc.is_in(settled.scored["transaction_id"], ids))["kafka_timestamp"]
        rows += [
            (partition, "alert_age_ms", "", None, int((now - moment).total_seconds() * 1000))
            for moment in appended.to_pylist()
        ]
    return rows


def _appends(received: pa.Table, partition: int) -> Outcome:
    return [(partition, "appended", str(number), None, last) for number, last in latest_appends(received).items()]


def _ends(ends: dict[str, StreamEnd], partition: int) -> Outcome:
    return [(partition, "end", name, end.stream, end.offset) for name, end in ends.items()]
