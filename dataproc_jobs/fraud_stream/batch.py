"""The driver's side of a micro-batch: where its streams start, what its tasks report, what is recorded after."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial

import msgspec
import pyarrow as pa
import structlog
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from fraud.health.stream import hits_field
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, Reached
from fraud_stream.checkpoint.gate import Gate
from fraud_stream.checkpoint.key_version import KeyVersions
from fraud_stream.checkpoint.lease import Fence
from fraud_stream.checkpoint.lists import ListBook, read_lists
from fraud_stream.checkpoint.plan import Plans
from fraud_stream.checkpoint.profiles import ProfileBook
from fraud_stream.checkpoint.scoring import Scorings
from fraud_stream.classifier.choice import Choices
from fraud_stream.classifier.serving import Classifier
from fraud_stream.profiles.files import read_profiles
from fraud_stream.report.status import PassedOver, Reach, StreamStatus
from fraud_stream.settings import SinkName
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.ledger import Ledger
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.task import OUTCOME, SinkTask, TaskOutcome
from fraud_stream.sinks.warehouse import Ends, Warehouse
from fraud_stream.stages.dispositions import Stages
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.packet import MaskTask
from fraud_stream.stages.sighting import SightTask
from fraud_stream.stages.velocity import VelocityTask

log = structlog.get_logger()


@dataclass(frozen=True)
class BatchWriter:
    """What `foreachBatch` calls. A batch that failed comes again with the same positions and the same elections.

    `now` tells how old is what has been read; nothing that is stored depends on it, nor on `small_batch`: most
    positions of a batch that one task takes whole, since exchanges and more tasks would cost more than they save.
    """

    location: str
    checkpoint: Checkpoint
    warehouse: Warehouse
    cache: AlertCache
    buckets: tuple[int, ...]
    enabled: frozenset[SinkName]
    status: StreamStatus
    fence: Fence
    key_versions: KeyVersions
    scorings: Scorings
    lists: ListBook
    models: Choices
    profiles: ProfileBook
    now: Callable[[], datetime]
    small_batch: int
    gate: Gate = field(default_factory=Gate)

    def __call__(self, raw: DataFrame, batch_id: int) -> None:
        """Write one micro-batch everywhere, then record where the write streams end.

        Raises LeaseLostError when another job has taken over.
        """
        self.gate.enter(raw)
        self.fence.require()
        ends, reached = self._ends(batch_id), self._frontier.before(batch_id)
        outcome = self._write(raw, batch_id, ends, reached)
        self.fence.require()
        if outcome:
            self._frontier.record(batch_id, reached.followed_by(_read_up_to(outcome), _clocks(outcome)))
        if SinkName.BIGQUERY in self.enabled:
            self._ledger.record(batch_id, _moved(ends, outcome))
        if SinkName.REDIS in self.enabled:
            self.cache.prune()
        if outcome:
            self._tell(batch_id, outcome)

    def _write(self, raw: DataFrame, batch_id: int, ends: Ends, reached: Reached) -> list[TaskOutcome]:
        scoring, lists, plan = self.scorings.of(batch_id), self.lists.of(batch_id), self._plans.of(batch_id)
        place = self.location, self.buckets, batch_id
        stages = Stages(
            MaskTask(self.buckets, self.key_versions.of(batch_id)),
            ElectTask(*place, reached.read_up_to, scoring.rates),
            SightTask(*place, reached),
        )
        write = SinkTask(
            self.buckets,
            plan.begun_at,
            VelocityTask(self.location, batch_id, reached.clocks),
            ends,
            self.enabled,
            self.fence,
            Scorer(
                tuple(scoring.detections),
                scoring.rates,
                partial(read_lists, self.location, lists),
                Classifier(self.models.of(batch_id)),
                partial(read_profiles, self.location, self.profiles.of(batch_id)),
            ),
        )
        is_small = plan.positions is not None and plan.positions <= self.small_batch
        rows = _in_one_task(raw, stages, write) if is_small else _in_many_tasks(raw, stages, write)
        return [msgspec.json.decode(row["outcome"], type=TaskOutcome) for row in rows.collect()]

    def _tell(self, batch_id: int, outcome: Sequence[TaskOutcome]) -> None:
        summary, passed_over = _summary(outcome, self.now()), _passed_over(outcome)
        log.info("batch_written", batch_id=batch_id, **summary, **_commonest(passed_over))
        reach = Reach(_read_up_to(outcome) // 1_000, summary["lag_ms"])
        hits = {hits_field(name): number for name, number in _hits(outcome).items() if number}
        self.status.count(batch_id, _counts(outcome) | hits, reach, passed_over)

    def _ends(self, batch_id: int) -> Ends:
        if SinkName.BIGQUERY not in self.enabled:
            return {}
        known = self._ledger.before(batch_id) or {}
        ends = self.warehouse.with_streams(known, TABLES, len(self.buckets))
        if ends != known:
            self._ledger.record(batch_id - 1, ends)
        return ends

    @cached_property
    def _plans(self) -> Plans:
        return Plans(self.checkpoint)

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.checkpoint)

    @cached_property
    def _frontier(self) -> Frontier:
        return Frontier(self.checkpoint)


def _in_many_tasks(raw: DataFrame, stages: Stages, write: SinkTask) -> DataFrame:
    return stages.exchanged(raw).mapInArrow(write, from_arrow_schema(OUTCOME))


def _in_one_task(raw: DataFrame, stages: Stages, write: SinkTask) -> DataFrame:
    def whole(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return write(stages(batches))

    return raw.coalesce(1).mapInArrow(whole, from_arrow_schema(OUTCOME))


def _read_up_to(outcome: Sequence[TaskOutcome]) -> int:
    return min(moment for task in outcome for moment in task.appended.values())


def _clocks(outcome: Sequence[TaskOutcome]) -> dict[int, int]:
    return {partition: clock for task in outcome for partition, clock in task.clocks.items()}


def _moved(ends: Ends, outcome: Sequence[TaskOutcome]) -> Ends:
    moved = {name: dict(partitions) for name, partitions in ends.items()}
    for task in outcome:
        for name, end in task.ends.items():
            moved[name][task.partition] = end
    return moved


def _counts(outcome: Sequence[TaskOutcome]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for task in outcome:
        for name, number in (*task.rows.items(), *task.alerts.items()):
            counts[name.lower()] += number
    return counts


def _passed_over(outcome: Sequence[TaskOutcome]) -> PassedOver:
    reasons: Counter[str] = Counter()
    offsets: Counter[int] = Counter()
    for task in outcome:
        reasons.update(task.reasons)
        offsets.update(task.clock_offsets)
    return PassedOver(reasons, offsets)


def _commonest(passed_over: PassedOver) -> dict[str, str | int]:
    """Return what is logged of rows that count for nothing: the reason of most, and by how much most clocks are off."""
    reasons, offsets = passed_over.reasons.most_common(1), passed_over.clock_offsets.most_common(1)
    told: dict[str, str | int] = {"passed_over_for": reasons[0][0]} if reasons else {}
    return told | ({"clock_offset_minutes": offsets[0][0]} if offsets else {})


def _hits(outcome: Sequence[TaskOutcome]) -> Counter[str]:
    hits: Counter[str] = Counter()
    for task in outcome:
        hits.update(task.hits)
    return hits


def _summary(outcome: Sequence[TaskOutcome], now: datetime) -> dict[str, int]:
    """Return what is logged of a batch; no payment that Kafka held unread at its start is older than `lag_ms`."""
    lag = max(int(now.timestamp() * 1000) - _read_up_to(outcome) // 1_000, 0)
    ages = sorted(age for task in outcome for age in task.alert_ages_ms)
    alerts = {"alert_age_ms_p50": ages[len(ages) // 2], "alert_age_ms_max": ages[-1]} if ages else {}
    return {**_counts(outcome), "lag_ms": lag, **alerts}
