"""Redis as the functions ask it."""

from functools import cache

import redis

from fraud_service.settings import RedisSettings

REDIS_TIMEOUT_S = 1.0


@cache
def cache_client() -> redis.Redis:
    """Return the Redis client; a call that Redis does not answer fails after a second."""
    url = RedisSettings().redis_url.get_secret_value()
    return redis.Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
