"""Redis as the functions ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import redis

from fraud.errors import RetryableError
from fraud_service.settings import RedisSettings

REDIS_TIMEOUT_S = 1.0


@cache
def cache_client() -> redis.Redis:
    """Return the Redis client; a call that Redis does not answer fails after a second."""
    url = RedisSettings().redis_url.get_secret_value()
    return redis.Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Turn the failures of a Redis that is out of reach into RetryableError."""
    try:
        yield
    except redis.RedisError as error:
        raise RetryableError(f"Redis does not answer: {type(error).__name__}") from error
