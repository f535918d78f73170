"""Redis as the functions ask it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import redis

from fraud.errors import RetryableError
from fraud_service.settings import RedisSettings
from fraud_service.stores.foreign import UNREADABLE, tell

REDIS_TIMEOUT_S = 1.0


@cache
def cache_client() -> redis.Redis:
    """Return the Redis client; a call that Redis does not answer fails after a second."""
    url = RedisSettings().redis_url.get_secret_value()
    return redis.Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)


@contextmanager
def passing_over_foreign(store: str) -> Iterator[None]:
    """Pass over a key that holds something else than it should: another type, or no JSON of ours; it is told of."""
    try:
        yield
    except redis.ResponseError as error:
        if not str(error).startswith("WRONGTYPE"):
            raise
        tell(store, Counter(["WRONGTYPE"]))
    except UNREADABLE as error:
        tell(store, Counter([type(error).__name__]))


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Turn the failures of a Redis that is out of reach into RetryableError."""
    try:
        yield
    except redis.RedisError as error:
        raise RetryableError(f"Redis does not answer: {type(error).__name__}") from error
