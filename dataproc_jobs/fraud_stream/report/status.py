"""How the job fares, in Redis, where the live page and its metrics read it in every deployment.

Figures for people: a Redis that does not answer costs a look at them, never a batch. What is received and stored is
proved from BigQuery, not from here.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from fraud.health.stream import STATUS
from fraud.health.traffic import OFFSET, REASON, RECENT

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
class PassedOver:
    """Why rows of a batch count for nothing, and how many minutes ahead of Kafka's their clocks were."""

    reasons: Counter[str] = field(default_factory=Counter)
    clock_offsets: Counter[int] = field(default_factory=Counter)

    def fields(self) -> dict[str, int]:
        """Return the counts under the names by which the health page finds them."""
        reasons = {f"{REASON}{reason}": number for reason, number in self.reasons.items()}
        return reasons | {f"{OFFSET}{minutes}": number for minutes, number in self.clock_offsets.items()}


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

    def count(self, batch_id: int, rows: Mapping[str, int], reach: Reach, passed_over: PassedOver) -> None:
        """Add a batch's rows by disposition, and how far it reached; a batch that comes again changes nothing."""
        reached = (reach.read_up_to_ms, reach.lag_ms)
        pairs = [text for pair in (dict(rows) | passed_over.fields()).items() for text in pair]
        self._run(_COUNT, self.checkpoint, batch_id, *reached, len(rows), *pairs)

    def report(self, progress: Mapping[str, object]) -> None:
        """Keep the figures of the newest micro-batch."""
        self._run(_REPORT, json.dumps(progress))

    def seen(self) -> None:
        """Say that the job runs and has nothing to do."""
        self._run(_SEEN)

    def _run(self, script: str, *arguments: str | int) -> None:
        try:
            self._client.eval(script, 2, STATUS, RECENT, *arguments)
        except redis.RedisError as error:
            log.warning("status_not_kept", error=type(error).__name__)
