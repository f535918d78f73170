"""The sink of each micro-batch: alerts first, then dead letters, then the warehouse; every step may be repeated."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from fraud.alerts.alert import Alert
from fraud.payments.disposition import Disposition
from fraud_stream.checkpoint.frontier import latest_appends
from fraud_stream.checkpoint.lease import Fence
from fraud_stream.settings import KafkaSettings, SinkName, StreamSettings, WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.alert_topic import AlertTopic
from fraud_stream.sinks.dead_letter import DeadLetterTopic
from fraud_stream.sinks.passed_over import clock_offsets, reasons
from fraud_stream.sinks.recovery import Recoveries
from fraud_stream.sinks.rejected_record import DeadLetter
from fraud_stream.sinks.tables import TABLES, Settled, name_as_stored
from fraud_stream.sinks.warehouse import Ends, StreamEnd, Warehouse
from fraud_stream.stages.alerts import raise_alerts
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.packet import by_bucket
from fraud_stream.stages.velocity import Observed, VelocityTask

OUTCOME = pa.schema([("outcome", pa.binary())])
"""What a task tells the driver: a `TaskOutcome` as JSON."""


class TaskOutcome(msgspec.Struct, frozen=True):
    """What became of one sink partition of a micro-batch.

    `rows` by disposition, `alerts` by severity, their ages in ms, `hits` by detection; by Kafka partition its last
    append time and its clock (microseconds since 1970); by table where its stream ends now; why rows were passed over,
    and how many minutes ahead their clocks were.
    """

    partition: int
    rows: dict[str, int]
    alerts: dict[str, int]
    alert_ages_ms: list[int]
    hits: dict[str, int]
    appended: dict[int, int]
    clocks: dict[int, int]
    ends: dict[str, StreamEnd]
    reasons: dict[str, int] = {}
    clock_offsets: dict[int, int] = {}


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
    """The sinks of one micro-batch: what `mapInArrow` runs. Holds no secret: it travels in a closure.

    A task has the packets of one sink partition, named by its bucket, or, in a small batch, those of all.
    """

    buckets: tuple[int, ...]
    ingested_at: datetime
    velocity: VelocityTask
    ends: Ends
    enabled: frozenset[SinkName]
    fence: Fence
    scorer: Scorer

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Tell of every partition's alerts, then write its rows, and yield the outcomes."""
        told = [self.tell(packets, self.buckets.index(bucket)) for bucket, packets in by_bucket(batches)]
        for one in told:
            yield pa.RecordBatch.from_pylist([{"outcome": msgspec.json.encode(self.write(one))}], OUTCOME)

    def tell(self, packets: pa.Table, partition: int) -> "Told":
        """Settle and score the rows of a sink partition, and tell of their alerts."""
        self.fence.require()
        sinks = executor_sinks()
        received, observed = self.velocity.settled(packets, partition)
        scored = self.scorer.score(self._timed(observed.rows))
        settled = Settled(self._timed(received), name_as_stored(scored.rows))
        alerts = raise_alerts(settled.scored)
        self._announce(sinks, alerts)
        return Told(partition, settled, observed, scored.hits, alerts, _ages_ms(settled, alerts, datetime.now(UTC)))

    def write(self, told: "Told") -> TaskOutcome:
        """Write a sink partition's rows; return how many of each kind, and where the streams end now."""
        sinks, received = executor_sinks(), told.settled.received
        self.velocity.remember(told.observed, told.partition)
        if SinkName.DEAD_LETTER in self.enabled:
            sinks.dead_letters(told.partition).copy(_dead_letters(told.settled))
        return TaskOutcome(
            told.partition,
            _rows(told.settled),
            Counter(alert.severity.value for alert in told.alerts),
            told.ages_ms,
            dict(told.hits),
            latest_appends(received),
            dict(told.observed.clocks),
            self._store(sinks.warehouse, told.settled, told.partition),
            reasons(received),
            clock_offsets(received),
        )

    def _timed(self, rows: pa.Table) -> pa.Table:
        return rows.append_column("ingested_at", pa.repeat(self.ingested_at, len(rows)))

    def _announce(self, sinks: Sinks, alerts: Sequence[Alert]) -> None:
        if SinkName.REDIS in self.enabled:
            sinks.cache.write(alerts)
        if SinkName.PUBSUB in self.enabled:
            sinks.topic.publish(alerts)

    def _store(self, warehouse: Warehouse, settled: Settled, partition: int) -> dict[str, StreamEnd]:
        if SinkName.BIGQUERY not in self.enabled:
            return {}
        rows = {table: table.rows(settled) for table in TABLES}
        ends = {name: of_partition[partition] for name, of_partition in self.ends.items()}
        return warehouse.append_all(rows, ends, Recoveries(self.fence.location, self.velocity.batch, partition))


@dataclass(frozen=True)
class Told:
    """A sink partition of which the alerts are told; `ages_ms` is how old each was by then."""

    partition: int
    settled: Settled
    observed: Observed
    hits: Mapping[str, int]
    alerts: Sequence[Alert]
    ages_ms: list[int]


def _dead_letters(settled: Settled) -> list[DeadLetter]:
    columns = ["kafka_topic", "kafka_partition", "kafka_offset", "reason", "field"]
    rejected = settled.of(Disposition.REJECTED).select(columns)
    return [DeadLetter(*row.values()) for row in rejected.to_pylist()]


def _rows(settled: Settled) -> dict[str, int]:
    counts = settled.received["disposition"].value_counts().to_pylist()
    return {count["values"]: count["counts"] for count in counts}


def _ages_ms(settled: Settled, alerts: Sequence[Alert], now: datetime) -> list[int]:
    ids = pa.array([alert.transaction_id for alert in alerts], pa.string())
    appended = settled.scored.filter(pc.is_in(settled.scored["transaction_id"], ids))["kafka_timestamp"]
    until = int(now.timestamp() * 1_000)
    return [until - microseconds // 1_000 for microseconds in appended.cast(pa.int64()).to_pylist()]
