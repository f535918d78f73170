"""Reads the figures of the health page where they stand; what does not answer is left out, and shown as unknown."""

from collections.abc import Callable
from datetime import datetime, timedelta

import redis
import structlog

from fraud.alerts.names import STREAM
from fraud.errors import RetryableError
from fraud.health.stream import STATUS, detection_hits, status_values
from fraud.health.traffic import read_slot, slot_keys, traffic_notes, traffic_values
from fraud.reviews import ReviewState, Verdict, false_positive_rate
from fraud_service.erasure.record import Erasures
from fraud_service.reviews.record import Reviews
from fraud_service.stores.foreign import UNREADABLE

DAYS = timedelta(days=30)
TIMEOUT_S = 3.0
MANY_ALERTS = 1_000
"""Alerts in a minute are counted up to this number: far above every limit."""

log = structlog.get_logger()
Values = dict[str, float]
Notes = dict[str, str]


def read_values(cache: redis.Redis, reviews: Reviews, erasures: Erasures, now: datetime) -> tuple[Values, Notes]:
    """Return the figures by name, and what is to be said about some."""
    parts: tuple[Callable[[], tuple[Values, Notes]], ...] = (
        lambda: (_of_redis(cache, now), {}),
        lambda: _of_traffic(cache, now),
        lambda: (_of_reviews(reviews, now), {}),
        lambda: (_of_erasures(erasures), {}),
    )
    values: Values = {}
    notes: Notes = {}
    for part in parts:
        found, said = _or_nothing(part)
        values, notes = values | found, notes | said
    return values, notes


def read_hits(cache: redis.Redis) -> dict[str, int]:
    """Return how many payments each detection has hit, in shadow too; nothing while Redis is down."""
    try:
        return detection_hits(_status(cache))
    except redis.RedisError as error:
        log.warning("figures_unknown", reason=type(error).__name__)
        return {}


def _or_nothing(part: Callable[[], tuple[Values, Notes]]) -> tuple[Values, Notes]:
    try:
        return part()
    except (redis.RedisError, RetryableError, *UNREADABLE) as error:
        log.warning("figures_unknown", reason=type(error).__name__)
        return {}, {}


def _of_traffic(cache: redis.Redis, now: datetime) -> tuple[Values, Notes]:
    with cache.pipeline(transaction=False) as pipeline:
        for key in slot_keys(now):
            pipeline.hgetall(key)
        held = pipeline.execute()
    slots = [read_slot({_text(name): _text(number) for name, number in fields.items()}) for fields in held]
    return traffic_values(slots, now), traffic_notes(slots)


def _of_redis(cache: redis.Redis, now: datetime) -> Values:
    since = int((now - timedelta(minutes=1)).timestamp() * 1000)
    recent = cache.xrange(STREAM, min=since, count=MANY_ALERTS) or ()
    memory = cache.info("memory")["used_memory"]
    return {
        "redis_memory_bytes": float(memory),
        "alerts_per_minute": float(len(recent)),
        **status_values(_status(cache), now),
    }


def _status(cache: redis.Redis) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in cache.hgetall(STATUS).items()}


def _text(held: bytes | str) -> str:
    return held if isinstance(held, str) else held.decode()


def _of_reviews(reviews: Reviews, now: datetime) -> Values:
    counts = reviews.counts(now - DAYS)
    rate = false_positive_rate(counts[Verdict.CONFIRMED_FRAUD], counts[Verdict.FALSE_POSITIVE])
    share = {} if rate is None else {"false_positive_ratio": rate}
    return {"reviews_open": float(counts[ReviewState.OPEN]), **share}


def _of_erasures(erasures: Erasures) -> Values:
    return {"erasures_open": float(erasures.open_count(TIMEOUT_S))}
