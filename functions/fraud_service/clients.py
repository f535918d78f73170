"""The clients of a process: made on first use, kept while it lives."""

from functools import cache

import redis
from google.cloud import firestore
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from fraud_service.settings import RedisSettings, project

REDIS_TIMEOUT_S = 1.0


@cache
def documents() -> firestore.Client:
    """Return the Firestore client, of the emulator where FIRESTORE_EMULATOR_HOST says so."""
    return firestore.Client(project())


@cache
def cache_client() -> redis.Redis:
    """Return the Redis client; a call that Redis does not answer fails after a second."""
    url = RedisSettings().redis_url.get_secret_value()
    return redis.Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)


@cache
def publisher() -> PublisherClient:
    """Return the Pub/Sub publisher; messages with an ordering key keep their order."""
    return PublisherClient(
        batch_settings=BatchSettings(max_latency=0.005),
        publisher_options=PublisherOptions(enable_message_ordering=True),
    )
