"""What the job has written lately, read where everyone else reads it: BigQuery and Redis."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

import redis
from google.api_core.exceptions import GoogleAPIError
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

_CALL_LIMIT_S = 5.0
_COUNTS = "select disposition, count(*) as positions from payment_data.pii_masking_audit group by disposition"
_SCORED = """
select
    event_time, sender_account_id, amount, currency, region, velocity_60s, fraud_score, severity,
    kafka_timestamp, ingested_at
from payment_data.payment_transactions_fraud
where ingested_at > timestamp_sub(current_timestamp(), interval 60 second)
order by ingested_at desc, kafka_offset desc
limit 200
"""
_FLAGS = """
select flag, count(*) as payments, count(distinct sender_account_id) as accounts
from payment_data.payment_transactions_fraud, unnest(risk_flags) as flag
where is_alert
group by flag
order by payments desc, flag
"""
_DECLINED = """
select count(*) as payments, coalesce(sum(amount_usd), 0) as usd
from payment_data.payment_transactions_fraud
where status = 'DECLINED'
"""
_ALERTS = "fraud:alerts:stream"


@dataclass(frozen=True, slots=True)
class Scored:
    """An accepted payment with its score."""

    event_time: datetime
    sender_account_id: str
    amount: Decimal
    currency: str
    region: str
    velocity_60s: int
    fraud_score: int
    severity: str | None
    kafka_timestamp: datetime
    ingested_at: datetime


@dataclass(frozen=True, slots=True)
class LiveAlert:
    """An alert of the stream that feeds the page."""

    transaction_id: str
    sender_account_id: str
    severity: str
    type: str
    velocity_60s: int
    fraud_score: int
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Positions so far by disposition, the newest scored payments and alerts first, and what could not be read."""

    positions: Mapping[str, int] = field(default_factory=dict)
    scored: Sequence[Scored] = ()
    alerts: Sequence[LiveAlert] = ()
    problem: str = ""

    @property
    def received(self) -> int:
        """Every position that has a disposition."""
        return sum(self.positions.values())


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """Positions by disposition; of each flag that alerts carry its payments and accounts; what was declined."""

    positions: Mapping[str, int]
    flags: Sequence[tuple[str, int, int]]
    declined: int
    declined_usd: Decimal


class Reader:
    """Reads figures through the clients that any user would take."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._redis = redis.Redis.from_url(environment["REDIS_URL"], socket_timeout=_CALL_LIMIT_S)
        self._bigquery = bigquery.Client(
            environment["GOOGLE_CLOUD_PROJECT"],
            AnonymousCredentials(),
            client_options={"api_endpoint": environment["BIGQUERY_EMULATOR_HOST"]},
        )

    def read(self, limit: int) -> Figures:
        """Return the figures of now, at most `limit` alerts; a store that does not answer is named in `problem`."""
        try:
            return Figures(self._positions(), self._scored(), self._alerts(limit))
        except (redis.RedisError, GoogleAPIError, OSError) as error:
            return Figures(problem=f"{type(error).__name__}: {error}")

    def demo(self) -> Demonstrated:
        """Return what came of everything so far. Raises GoogleAPIError."""
        flags = [(row.flag, row.payments, row.accounts) for row in self._query(_FLAGS)]
        [declined] = self._query(_DECLINED)
        return Demonstrated(self._positions(), flags, declined.payments, Decimal(declined.usd))

    def _positions(self) -> dict[str, int]:
        return {row.disposition: row.positions for row in self._query(_COUNTS)}

    def _scored(self) -> list[Scored]:
        return [Scored(**dict(row.items())) for row in self._query(_SCORED)]

    def _query(self, sql: str) -> Iterable[bigquery.Row]:
        return self._bigquery.query_and_wait(sql, api_timeout=_CALL_LIMIT_S, wait_timeout=_CALL_LIMIT_S)

    def _alerts(self, limit: int) -> list[LiveAlert]:
        entries = self._redis.xrevrange(_ALERTS, count=limit) or ()
        alerts = [live_alert(entry.get(b"alert", b"")) for _, entry in entries if entry is not None]
        return [alert for alert in alerts if alert is not None]


def live_alert(document: bytes | str) -> LiveAlert | None:
    """Return the part of an alert's JSON that is shown; None for what somebody else has put into the stream."""
    try:
        alert = json.loads(document, parse_float=Decimal)
        return LiveAlert(**{name: alert[name] for name in LiveAlert.__slots__})
    except (LookupError, TypeError, ValueError):
        return None


def latency_ms(scored: Sequence[Scored]) -> float | None:
    """Return the median time from Kafka's append to the job's handling, in milliseconds; None without payments."""
    waits = [(payment.ingested_at - payment.kafka_timestamp) / timedelta(milliseconds=1) for payment in scored]
    return median(waits) if waits else None
