"""What is measured and what is alarmed about: the log lines that become metrics, and the limits they may not pass."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra.config import Alerting

STREAM = "cloud_dataproc_batch"
FUNCTION = "cloud_run_revision"
CHECK = "unmasked_rows"
BROKEN_CHECK = "unmasked_rows_unknown"
"""The metrics of the hourly look for unmasked rows: that it found some, and that it could not be made."""

_DRILL_S = 32 * 86_400
"""A day more than the longest month between two drills. PromQL alert policies look back up to two years
(docs.cloud.google.com/monitoring/alerts/using-promql), metrics made of log lines are kept for six weeks."""

_SINGLE_CALLS = 10
"""Calls to BigQuery that fail in five minutes and say nothing: connections end. An outage makes 12 a minute a task."""

_DEAD_LETTERS = 'subscription_id=~".*-dead-letter"'


@dataclass(frozen=True)
class Signal:
    """A metric made of log lines: those of `event`, or the values of its `field`, from one kind of resource."""

    name: str
    resource: str
    event: str
    field: str | None = None
    only: str | None = None

    @property
    def filter(self) -> str:
        """Which log lines count. The job's lines reach Cloud Logging as text, the functions' as JSON."""
        if self.resource == STREAM:
            parts = [f'"event": "{self.event}"', *([self.only] if self.only else [])]
            lines = " AND ".join(f'jsonPayload.message:"{_escaped(part)}"' for part in parts)
            return f'resource.type="{STREAM}" AND {lines}'
        only = f" AND {self.only}" if self.only else ""
        return f'resource.type="{FUNCTION}" AND jsonPayload.event="{self.event}"{only}'

    @property
    def extractor(self) -> str | None:
        """How a value is found in a line; None where lines are counted."""
        if self.field is None:
            return None
        if self.resource == FUNCTION:
            return f"EXTRACT(jsonPayload.{self.field})"
        return f'REGEXP_EXTRACT(jsonPayload.message, "\\"{self.field}\\": ([0-9.]+)")'


SIGNALS = (
    Signal("stream_batches", STREAM, "batch_written"),
    Signal("stream_lag_ms", STREAM, "batch_written", "lag_ms"),
    Signal("stream_state_bytes", STREAM, "progress", "state_bytes"),
    Signal("stream_failures", STREAM, "stream_ended", only='"failed": true'),
    Signal("accepted", STREAM, "batch_written", "accepted"),
    Signal("duplicates", STREAM, "batch_written", "duplicate"),
    Signal("late", STREAM, "batch_written", "late"),
    Signal("rejected", STREAM, "batch_written", "rejected"),
    Signal("stream_standing_s", STREAM, "progress", "standing_s"),
    Signal("velocity_alerts_high", STREAM, "batch_written", "high"),
    Signal("velocity_alerts_critical", STREAM, "batch_written", "critical"),
    Signal("alert_age_ms", STREAM, "batch_written", "alert_age_ms_max"),
    Signal("bigquery_quota", STREAM, "store_waited_for", only='"cause": "BigQuery quota"'),
    Signal("bigquery_outage", STREAM, "store_waited_for", only='"cause": "BigQuery outage"'),
    Signal("rights_missing", STREAM, "right_missing"),
    Signal("foreign_entries", FUNCTION, "foreign_entry"),
    Signal("batch_restarts", FUNCTION, "batch_submitted", only="jsonPayload.restart=true"),
    Signal("supervision_held", FUNCTION, "supervision_held"),
    Signal("reviews_decided", FUNCTION, "review_decided"),
    Signal("reviews_cleared", FUNCTION, "review_decided", only='jsonPayload.verdict="FALSE_POSITIVE"'),
    Signal("erasures_delayed", FUNCTION, "erasure_delayed"),
    Signal("erasures_failed", FUNCTION, "erasures_failed"),
    Signal("erasure_drill_passed", FUNCTION, "erasure_drill_passed"),
    Signal("erasure_drill_failed", FUNCTION, "erasure_drill_failed"),
)


@dataclass(frozen=True)
class Alarm:
    """A condition in PromQL that holds for `seconds` before people are told, and what they should do.

    It is evaluated every `every_s` seconds. docs/runbook.md has a section of its name.
    """

    name: str
    severity: str
    query: str
    seconds: int
    advice: str
    every_s: int = 60


def alarms(limits: Alerting) -> tuple[Alarm, ...]:
    """Return every alarm of a stack."""
    return (*_critical(limits), *_blindness(limits), *_warnings(limits))


def _critical(limits: Alerting) -> Iterable[Alarm]:
    silent = f"(sum({increase('stream_batches', limits.checkpoint_minutes * 60)}) or vector(0)) == 0"
    undelivered = "pubsub_googleapis_com:subscription_num_undelivered_messages"
    unread = _of(undelivered, "pubsub_subscription", _DEAD_LETTERS)
    memory = f"max({_of('redis_googleapis_com:stats_memory_usage_ratio', 'redis_instance')}) > {limits.redis_share}"
    outage = f"{_events('bigquery_outage', 300)} > {_SINGLE_CALLS}"
    return (
        _high("stream-lag", _mean("stream_lag_ms"), limits.lag_minutes * 60_000, "The job does not keep up."),
        Alarm("redis-memory", "CRITICAL", memory, 60, "Redis is about to evict alerts."),
        _high("stream-state", _mean("stream_state_bytes"), limits.state_bytes, "The job's state has outgrown it."),
        Alarm("stream-failed", "CRITICAL", _any("stream_failures"), 0, "A store refuses what the job writes."),
        Alarm("checkpoint-age", "CRITICAL", silent, 60, "No batch has been committed."),
        Alarm("rights-missing", "CRITICAL", _any("rights_missing"), 0, "The job may not do what it must."),
        Alarm("bigquery-outage", "CRITICAL", outage, 60, "BigQuery does not take what the job writes."),
        Alarm("supervision-held", "CRITICAL", _any("supervision_held"), 0, "The job fails at each start."),
        Alarm("unmasked-rows", "CRITICAL", _check(CHECK), 0, "Rows without hash, or with card data, are stored."),
        Alarm("masking-check-failed", "WARNING", _check(BROKEN_CHECK), 0, "Nobody looks for unmasked rows."),
        Alarm(
            "dead-letters",
            "WARNING",
            f"max({unread}) > 0",
            300,
            "Messages were given up; look at them, then pull them.",
        ),
    )


def _blindness(limits: Alerting) -> Iterable[Alarm]:
    """Yield what tells that nothing is detected although nothing has failed."""
    traffic, usual = _received(600), _received(3600, before=600)
    alerts, usual_alerts = _alerts(3600), _alerts(86_400, before=3600)
    standing = f"{_mean('stream_standing_s')} > {limits.standing_seconds:.0f}"
    waiting = _of("pubsub_googleapis_com:subscription_oldest_unacked_message_age", "pubsub_subscription", _DEAD_LETTERS)
    for name, advice in (
        ("late", "Payments count for nothing: their clocks are behind, or they come late to Kafka."),
        ("rejected", "Payments count for nothing: their clocks are ahead, or a producer has changed its format."),
    ):
        share = f"{_of_all(name, 600)} / ({traffic} > 0) > {limits.passed_over_rate}"
        yield Alarm(f"{name}-share", "CRITICAL", share, 300, advice)
    fallen = f"{traffic} < {limits.least_traffic} * {usual} / 6 and {usual} > {limits.usual_traffic:.0f}"
    yield Alarm("traffic-gone", "CRITICAL", fallen, 300, "Producers have stopped, or cannot reach Kafka.")
    silent = f"{alerts} == 0 and {usual_alerts} > {limits.usual_alerts:.0f}"
    yield Alarm("alerts-gone", "WARNING", silent, 600, "Nothing is detected any more, or an attack is over.")
    yield Alarm("partition-standing", "CRITICAL", standing, 60, "Records wait in a partition, and none is read.")
    old = f"max({waiting}) > {limits.dead_letter_hours * 3600:.0f}"
    yield Alarm("dead-letter-age", "CRITICAL", old, 300, "Nobody has looked at a dead letter; it ends with its topic.")


def _warnings(limits: Alerting) -> Iterable[Alarm]:
    high, critical = _per_minute("velocity_alerts_high"), _per_minute("velocity_alerts_critical")
    velocity = f"({high} or vector(0)) + ({critical} or vector(0)) > {limits.velocity_alerts_per_minute}"
    cleared, decided = _events("reviews_cleared", 86_400), _events("reviews_decided", 86_400)
    duplicates, accepted = _total("duplicates", 600), _total("accepted", 600)
    restarts = f"{_events('batch_restarts', 3600)} > {limits.batch_restarts_per_hour}"
    overdue = (
        f"({_events('erasures_delayed', 3600)} or vector(0)) + ({_events('erasures_failed', 3600)} or vector(0)) > 0"
    )
    undrilled = f"({_events('erasure_drill_passed', _DRILL_S)} or vector(0)) == 0"
    late = _high("response-time", _mean("alert_age_ms"), limits.response_seconds * 1000, "Alerts come late.")
    return (
        Alarm("velocity-alerts", "WARNING", velocity, 60, "An attack, or a rule that is too strict."),
        Alarm("false-positives", "WARNING", f"{cleared} / {decided} > {limits.false_positive_rate}", 0, "Rules miss."),
        Alarm("response-time", "WARNING", late.query, late.seconds, late.advice),
        Alarm(
            "duplicates", "WARNING", f"{duplicates} / {accepted} > {limits.duplicate_rate}", 0, "A producer resends."
        ),
        Alarm("bigquery-quota", "WARNING", _any("bigquery_quota"), 60, "A quota of BigQuery holds the job up."),
        Alarm("batch-restarts", "WARNING", restarts, 0, "Batches of the job end unasked."),
        Alarm("foreign-entries", "WARNING", _any("foreign_entries"), 0, "Somebody else writes into our stores."),
        Alarm("erasure-overdue", "WARNING", overdue, 0, "An erasure does not get on."),
        Alarm("erasure-drill-failed", "CRITICAL", _any("erasure_drill_failed"), 0, "Erasure may leave something."),
        Alarm("erasure-drill-missing", "WARNING", undrilled, 0, "No drill has passed for 32 days.", every_s=3_600),
    )


def increase(signal: str, seconds: float) -> str:
    """Return how many of a signal's lines came in a time; a signal with values counts its lines too."""
    counted = "_count" if _signal(signal).field else ""
    return f"increase({_lines(signal, counted)}[{int(seconds)}s])"


def _signal(name: str) -> Signal:
    [found] = [one for one in SIGNALS if one.name == name]
    return found


def _lines(signal: str, suffix: str) -> str:
    return _of(f"logging_googleapis_com:user_{signal}{suffix}", _signal(signal).resource)


def _of(metric: str, resource: str, only: str = "") -> str:
    """Return a series of one kind of resource: PromQL refuses a metric that several kinds could write unless told."""
    labels = ",".join([f'monitored_resource="{resource}"', *([only] if only else [])])
    return f"{metric}{{{labels}}}"


def _check(metric: str) -> str:
    return f"sum(increase({_of(f'logging_googleapis_com:user_{metric}', 'bigquery_dts_config')}[1h])) > 0"


def _mean(signal: str) -> str:
    """Ask for the mean of two minutes: exact, where a quantile is as coarse as the metric's buckets."""
    return f"{_total(signal, 120)} / {_events(signal, 120)}"


def _total(signal: str, seconds: int) -> str:
    return f"sum(increase({_lines(signal, '_sum')}[{seconds}s]))"


def _of_all(signal: str, seconds: int, before: int = 0) -> str:
    """Ask for a sum of values, zero where there are none: over a time that ended `before` seconds ago."""
    ago = f" offset {before}s" if before else ""
    return f"(sum(increase({_lines(signal, '_sum')}[{seconds}s]{ago})) or vector(0))"


def _received(seconds: int, before: int = 0) -> str:
    return f"({' + '.join(_of_all(name, seconds, before) for name in ('accepted', 'duplicates', 'late', 'rejected'))})"


def _alerts(seconds: int, before: int = 0) -> str:
    both = (_of_all(f"velocity_alerts_{severity}", seconds, before) for severity in ("high", "critical"))
    return f"({' + '.join(both)})"


def _per_minute(signal: str) -> str:
    return _total(signal, 60)


def _events(signal: str, seconds: int) -> str:
    return f"sum({increase(signal, seconds)})"


def _any(signal: str) -> str:
    return f"{_events(signal, 300)} > 0"


def _high(name: str, query: str, limit: float, advice: str) -> Alarm:
    return Alarm(name, "CRITICAL", f"{query} > {limit:.0f}", 60, advice)


def _escaped(text: str) -> str:
    return text.replace('"', '\\"')
