"""How the job fares, in Redis, where the live page and its metrics read it in every deployment.

Figures for people: a Redis that does not answer costs a look at them, never a batch. What is received and stored is
proved from BigQuery, not from here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from fraud.health.stream import STATUS

CALL_LIMIT_S = 1.0
_COUNT = files("fraud_stream.report").joinpath("status.lua").read_text()
_REPORT = """
redis.call('HSET', KEYS[1], 'progress', ARGV[1], 'reported_at', redis.call('TIME')[1])
"""
_SEEN = """
redis.call('HSET', KEYS[1], 'reported_at', redis.call('TIME')[1])
"""

log = structlog.get_logger()


@dataclass(frozen=True)
class Reach:
    """How far the job had read after a batch: up to an append time (ms since 1970), which was `lag_ms` ago then."""

    read_up_to_ms: int
    lag_ms: int


@dataclass(frozen=True)
class StreamStatus:
    """The status of the job on one checkpoint; `url` may carry a password and is never shown."""

    url: str
    checkpoint: str

    def __repr__(self) -> str:
        return "StreamStatus(...)"

    @cached_property
    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(
            self.url, socket_timeout=CALL_LIMIT_S, socket_connect_timeout=CALL_LIMIT_S, retry=Retry(NoBackoff(), 1)
        )

    def count(self, batch_id: int, rows: Mapping[str, int], reach: Reach) -> None:
        """Add a batch's rows by disposition, and how far it reached; a batch that comes again changes nothing."""
        pairs = [text for name, number in rows.items() for text in (name, number)]
        self._run(_COUNT, self.checkpoint, batch_id, reach.read_up_to_ms, reach.lag_ms, *pairs)

    def report(self, progress: Mapping[str, object]) -> None:
        """Keep the figures of the newest micro-batch."""
        self._run(_REPORT, json.dumps(progress))

    def seen(self) -> None:
        """Say that the job runs and has nothing to do."""
        self._run(_SEEN)

    def _run(self, script: str, *arguments: str | int) -> None:
        try:
            self._client.eval(script, 1, STATUS, *arguments)
        except redis.RedisError as error:
            log.warning("status_not_kept", error=type(error).__name__)
