"""Reads the figures of the health page where they stand; what does not answer is left out, and shown as unknown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
import structlog

from fraud.alerts.names import STREAM
from fraud.errors import RetryableError
from fraud.health.stream import STATUS, Detection, Ends, detection, detection_hits, status_values
from fraud.health.traffic import read_slot, slot_keys, traffic_notes, traffic_values
from fraud.reviews import ReviewState, Verdict, false_positive_rate
from fraud_service.erasure.record import Erasures
from fraud_service.reviews.record import Reviews
from fraud_service.stores.foreign import UNREADABLE

DAYS = timedelta(days=30)
TIMEOUT_S = 3.0
LEAST_VERDICTS = 20
"""Of fewer, the share of false positives says nothing."""

MANY_ALERTS = 1_000
"""Alerts in a minute are counted up to this number: far above every limit."""

log = structlog.get_logger()
Values = dict[str, float]
Notes = dict[str, str]
Part = tuple[str, Callable[[], tuple[Values, Notes]]]
"""A store, and what reads there."""


@dataclass(frozen=True)
class Readings:
    """The figures by name, what is to be said about some, and which stores did not answer."""

    values: Values
    notes: Notes
    down: list[str]

    def troubles(self, silent: Iterable[str]) -> list[str]:
        """Return in words what is down, `silent` included; a job is known by what it says of itself in Redis."""
        stores = [f"{store} does not answer" for store in dict.fromkeys([*silent, *self.down])]
        age = self.values.get("progress_age_seconds")
        fares = Detection.SPEAKING if "Redis" in self.down else detection(age)
        job = {
            Detection.SILENT: [f"detection silent for {age or 0:,.0f} s"],
            Detection.AWAITED: ["the detection has not reported yet"],
        }
        return stores + job.get(fares, [])


def read_values(
    cache: redis.Redis, reviews: Reviews, erasures: Erasures, now: datetime, ends: Ends | None = None
) -> Readings:
    """Return the figures, as far as they can be read; `ends` are those of the raw topic, where they are known."""
    parts: tuple[Part, ...] = (
        ("Redis", lambda: (_of_redis(cache, now, ends), {})),
        ("Redis", lambda: _of_traffic(cache, now)),
        ("Firestore", lambda: (_of_reviews(reviews, now), {})),
        ("Firestore", lambda: (_of_erasures(erasures), {})),
    )
    values: Values = {}
    notes: Notes = {}
    down: dict[str, None] = {}
    for store, part in parts:
        try:
            found, said = part()
        except (redis.RedisError, RetryableError, *UNREADABLE) as error:
            log.warning("figures_unknown", reason=type(error).__name__)
            down |= {} if isinstance(error, UNREADABLE) else {store: None}
        else:
            values, notes = values | found, notes | said
    return Readings(values, notes, list(down))


def read_hits(cache: redis.Redis) -> dict[str, int]:
    """Return how many payments each detection has hit, in shadow too; nothing while Redis is down."""
    try:
        return detection_hits(_status(cache))
    except redis.RedisError as error:
        log.warning("figures_unknown", reason=type(error).__name__)
        return {}


def _of_traffic(cache: redis.Redis, now: datetime) -> tuple[Values, Notes]:
    with cache.pipeline(transaction=False) as pipeline:
        for key in slot_keys(now):
            pipeline.hgetall(key)
        held = pipeline.execute()
    slots = [read_slot({_text(name): _text(number) for name, number in fields.items()}) for fields in held]
    return traffic_values(slots, now), traffic_notes(slots)


def _of_redis(cache: redis.Redis, now: datetime, ends: Ends | None) -> Values:
    since = int((now - timedelta(minutes=1)).timestamp() * 1000)
    recent = cache.xrange(STREAM, min=since, count=MANY_ALERTS) or ()
    memory = cache.info("memory")["used_memory"]
    return {
        "redis_memory_bytes": float(memory),
        "alerts_per_minute": float(len(recent)),
        **status_values(_status(cache), now, ends),
    }


def _status(cache: redis.Redis) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in cache.hgetall(STATUS).items()}


def _text(held: bytes | str) -> str:
    return held if isinstance(held, str) else held.decode()


def _of_reviews(reviews: Reviews, now: datetime) -> Values:
    counts = reviews.counts(now - DAYS)
    verdicts = counts[Verdict.CONFIRMED_FRAUD], counts[Verdict.FALSE_POSITIVE]
    rate = false_positive_rate(*verdicts)
    share = {} if rate is None or sum(verdicts) < LEAST_VERDICTS else {"false_positive_ratio": rate}
    return {"reviews_open": float(counts[ReviewState.OPEN]), **share}


def _of_erasures(erasures: Erasures) -> Values:
    return {"erasures_open": float(erasures.open_count(TIMEOUT_S))}
