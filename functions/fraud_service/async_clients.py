"""The clients of an asynchronous function: made on first use, in its event loop, and kept while it lives."""

from functools import cache

import redis.asyncio
from google.cloud import firestore
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fraud_service.settings import RedisSettings, project

REDIS_TIMEOUT_S = 0.25
"""A payer waits: what Redis has not answered by then is decided without it."""


@cache
def async_documents() -> firestore.AsyncClient:
    """Return the Firestore client, of the emulator where FIRESTORE_EMULATOR_HOST says so."""
    return firestore.AsyncClient(project())


@cache
def async_cache() -> redis.asyncio.Redis:
    """Return the Redis client; a broken connection is replaced once, a time-out is not waited for again."""
    return redis.asyncio.Redis.from_url(
        RedisSettings().redis_url.get_secret_value(),
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), retries=1, supported_errors=(redis.ConnectionError,)),
    )
