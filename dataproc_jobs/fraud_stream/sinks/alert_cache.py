"""Live alerts in Redis: what the page, the rules and the authorisation read within milliseconds.

Writing is atomic per alert and idempotent by transaction id, so a replayed batch changes nothing. Nothing is written of
a payment that was erased meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Any

import redis
import structlog
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    NoScriptError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)
from redis.retry import Retry
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential_jitter

from fraud.alerts.alert import Alert, encode_alert, live_alert
from fraud.alerts.names import ACCOUNT_EXPIRY, ACCOUNTS, STREAM, count_key, counted_key, live_key
from fraud.erasure.mark import erased_card_key

ALERT_LIFE = timedelta(seconds=300)
COUNT_LIFE = timedelta(hours=1)
STREAM_LENGTH = 10_000
PRUNED_AT_ONCE, PRUNES = 1_000, 100
"""Accounts dropped by one call, which holds up Redis meanwhile, and most calls after a batch."""

ANSWER_S = 5
"""How long one answer may take."""

OUTAGE_S = 90
"""How long a Redis that is away, or in the midst of a failover, is waited for."""

_PASSING = (
    RedisConnectionError,
    RedisTimeoutError,
    AskError,  # and MovedError
    ClusterDownError,  # and MasterDownError
    NoScriptError,
    ReadOnlyError,
    TryAgainError,
)
log = structlog.get_logger()

_FINAL = (AuthenticationError, AuthorizationError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCRIPT = files("fraud_stream.sinks").joinpath("alert_cache.lua").read_text()
_PRUNE = """
local now = redis.call('TIME')[1]
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
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
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )

    def write(self, alerts: Sequence[Alert]) -> None:
        """Write alerts in one round trip; those already counted change nothing. Raises RedisError after its time."""
        if not alerts:
            return
        self._patiently(lambda: self._write(alerts))

    def prune(self) -> None:
        """Drop accounts whose live alert has ended from the set of accounts, all that there are by now, within reason.

        A batch that drops fewer than have ended since the last one would leave ever more behind.
        """
        try:
            for _ in range(PRUNES):
                if self._pruned() < PRUNED_AT_ONCE:
                    break
        except ResponseError as error:
            if "WRONGTYPE" not in str(error):
                raise
            log.warning("foreign_entry", store="redis.accounts", entries=1)

    def _pruned(self) -> int:
        gone: list[Any] = []
        self._patiently(lambda: gone.append(self._client.eval(_PRUNE, 2, ACCOUNTS, ACCOUNT_EXPIRY, PRUNED_AT_ONCE)))
        return int(gone[0])

    def _write(self, alerts: Sequence[Alert]) -> None:
        script = self._client.register_script(_SCRIPT)
        with self._client.pipeline(transaction=False) as pipeline:
            for alert in alerts:
                script(_keys(alert), _arguments(alert), client=pipeline)
            foreign = sum(is_new < 0 for _, is_new in pipeline.execute())
        if foreign:
            log.warning("foreign_entry", store="redis", entries=foreign)

    def _patiently(self, call: Callable[[], object]) -> None:
        """Call again over new connections while Redis is away or being replaced; the script makes that harmless."""
        trying = Retrying(
            retry=retry_if_exception(is_passing),
            wait=wait_exponential_jitter(multiplier=0.05, max=5, jitter=0.2),
            stop=stop_after_delay(OUTAGE_S),
            before_sleep=self._disconnect,
            reraise=True,
        )
        trying(call)

    def _disconnect(self, _state: RetryCallState) -> None:
        # An open connection leads to the server that was: a replica now, or one that is gone.
        self._client.connection_pool.disconnect()


def is_passing(error: BaseException) -> bool:
    """Tell whether Redis will take a command again soon: it is away, loading, busy, or another server takes over."""
    if isinstance(error, ResponseError) and str(error).startswith("BUSY "):
        return True
    return isinstance(error, _PASSING) and not isinstance(error, _FINAL)


def _keys(alert: Alert) -> list[str]:
    account = alert.sender_account_id
    return [
        live_key(account),
        counted_key(account),
        count_key(account),
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
