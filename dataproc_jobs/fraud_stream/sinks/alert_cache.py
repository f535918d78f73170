"""Live alerts in Redis: what the page, the rules and the authorisation read within milliseconds.

Writing is atomic per alert and idempotent by transaction id, so a replayed batch changes nothing. Nothing is written of
a payment that was erased meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    BusyLoadingError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)
from redis.retry import Retry

from fraud.alerts.alert import Alert, encode_alert, live_alert
from fraud.erasure.mark import erased_card_key

ALERT_LIFE = timedelta(seconds=300)
COUNT_LIFE = timedelta(hours=1)
STREAM_LENGTH = 10_000
ACCOUNTS = "fraud:alerts:accounts"
ACCOUNT_EXPIRY = "fraud:alerts:accounts:expiry"
STREAM = "fraud:alerts:stream"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCRIPT = files("fraud_stream.sinks").joinpath("alert_cache.lua").read_text()
_PRUNE = """
local now = redis.call('TIME')[1]
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1000)
if #gone > 0 then
  redis.call('SREM', KEYS[1], unpack(gone))
  redis.call('ZREM', KEYS[2], unpack(gone))
end
return #gone
"""


@dataclass(frozen=True)
class AlertCache:
    """The Redis side of alerting; `url` may carry a password and is never shown."""

    url: str

    def __repr__(self) -> str:
        return "AlertCache(...)"

    @cached_property
    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(
            self.url,
            socket_timeout=5,
            retry=Retry(ExponentialWithJitterBackoff(cap=5, base=0.05), retries=12),
            retry_on_error=[RedisConnectionError, RedisTimeoutError, BusyLoadingError],
        )

    def write(self, alerts: Sequence[Alert]) -> None:
        """Write alerts in one round trip; those already counted change nothing."""
        if not alerts:
            return
        script = self._client.register_script(_SCRIPT)
        with self._client.pipeline(transaction=False) as pipeline:
            for alert in alerts:
                script(_keys(alert), _arguments(alert), client=pipeline)
            pipeline.execute()

    def prune(self) -> None:
        """Drop accounts whose live alert has ended from the set of accounts."""
        self._client.eval(_PRUNE, 2, ACCOUNTS, ACCOUNT_EXPIRY)


def _keys(alert: Alert) -> list[str]:
    account = alert.sender_account_id
    return [
        f"fraud:alerts:sender:{account}",
        f"fraud:counted:sender:{account}",
        f"fraud:count:sender:{account}",
        ACCOUNTS,
        ACCOUNT_EXPIRY,
        STREAM,
        erased_card_key(alert.card_token),
    ]


def _arguments(alert: Alert) -> list[str | bytes | int]:
    return [
        alert.sender_account_id,
        alert.transaction_id,
        (alert.event_time - _EPOCH) // timedelta(milliseconds=1),
        live_alert(alert),
        encode_alert(alert),
        int(ALERT_LIFE.total_seconds()),
        int(COUNT_LIFE.total_seconds()),
        STREAM_LENGTH,
        "" if alert.kafka_partition is None else alert.kafka_partition,
        "" if alert.kafka_offset is None else alert.kafka_offset,
    ]
