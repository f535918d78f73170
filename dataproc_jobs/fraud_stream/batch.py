"""The driver's side of a micro-batch: where its streams start, what its tasks report, what is recorded after."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from pyspark.sql import DataFrame, Row
from pyspark.sql.pandas.types import from_arrow_schema

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier
from fraud_stream.checkpoint.lease import Fence
from fraud_stream.checkpoint.scoring import Scorings
from fraud_stream.report.status import Reach, StreamStatus
from fraud_stream.settings import SinkName
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.ledger import Ledger
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.task import OUTCOME, SinkTask
from fraud_stream.sinks.warehouse import Ends, StreamEnd, Warehouse
from fraud_stream.stages.dispositions import bucket
from fraud_stream.stages.enrichment import FEATURE_COLUMNS, Scorer

log = structlog.get_logger()


@dataclass(frozen=True)
class BatchWriter:
    """What `foreachBatch` calls. A batch that failed comes again with the same positions and the same elections.

    `now` tells how old is what has been read; nothing that is stored depends on it.
    """

    checkpoint: Checkpoint
    warehouse: Warehouse
    cache: AlertCache
    buckets: Sequence[int]
    enabled: frozenset[SinkName]
    status: StreamStatus
    fence: Fence
    scorings: Scorings
    now: Callable[[], datetime]

    def __call__(self, rows: DataFrame, batch_id: int) -> None:
        """Write one micro-batch everywhere, then record where the write streams end.

        Raises LeaseLostError when another job has taken over.
        """
        self.fence.require()
        ledger = Ledger(self.checkpoint)
        ends = self._ends(ledger, batch_id)
        scoring = self.scorings.of(batch_id)
        scorer = Scorer(scoring.rules, scoring.rates)
        task = SinkTask(self.checkpoint.clock(batch_id), ends, self.enabled, self.fence, scorer)
        outcome = self._by_kafka_partition(rows).mapInArrow(task, from_arrow_schema(OUTCOME)).collect()
        self.fence.require()
        if outcome:
            Frontier(self.checkpoint).record(batch_id, _frontier(outcome))
        if SinkName.BIGQUERY in self.enabled:
            ledger.record(batch_id, _moved(ends, outcome))
        if SinkName.REDIS in self.enabled:
            self.cache.prune()
        if outcome:
            self._tell(batch_id, outcome)

    def _tell(self, batch_id: int, outcome: Sequence[Row]) -> None:
        summary = _summary(outcome, self.now())
        log.info("batch_written", batch_id=batch_id, **summary)
        self.status.count(batch_id, _counts(outcome), Reach(_frontier(outcome), summary["lag_ms"]))

    def _by_kafka_partition(self, rows: DataFrame) -> DataFrame:
        """Keep each Kafka partition together, so that an account's alerts leave in the order of its charges."""
        columns = ["kafka_partition", "kafka_offset", "block", *FEATURE_COLUMNS]
        awaited = rows.where("block is not null or velocity_60s is not null").select(columns)
        return awaited.repartition(len(self.buckets), bucket("kafka_partition", self.buckets))

    def _ends(self, ledger: Ledger, batch_id: int) -> Ends:
        if SinkName.BIGQUERY not in self.enabled:
            return {}
        known = ledger.before(batch_id) or {}
        ends = self.warehouse.with_streams(known, TABLES, len(self.buckets))
        if ends != known:
            ledger.record(batch_id - 1, ends)
        return ends


def _frontier(outcome: Sequence[Row]) -> int:
    return min(int(row["number"]) for row in outcome if row["kind"] == "appended")


def _moved(ends: Ends, outcome: Sequence[Row]) -> Ends:
    moved = {name: dict(partitions) for name, partitions in ends.items()}
    for row in outcome:
        if row["kind"] == "end":
            moved[row["name"]][row["sink_partition"]] = StreamEnd(row["stream"], row["number"])
    return moved


def _counts(outcome: Sequence[Row]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in outcome:
        if row["kind"] in {"rows", "alert"}:
            counts[row["name"].lower()] += row["number"]
    return counts


def _summary(outcome: Sequence[Row], now: datetime) -> dict[str, int]:
    """Return what is logged of a batch; no payment that Kafka held unread at its start is older than `lag_ms`."""
    lag = max(int(now.timestamp() * 1000) - _frontier(outcome), 0)
    ages = sorted(row["number"] for row in outcome if row["kind"] == "alert_age_ms")
    alerts = {"alert_age_ms_p50": ages[len(ages) // 2], "alert_age_ms_max": ages[-1]} if ages else {}
    return {**_counts(outcome), "lag_ms": lag, **alerts}
