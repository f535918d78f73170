"""The clients of an asynchronous function: made on first use, in its event loop, and kept while it lives."""

from functools import cache

import redis.asyncio
from google.cloud import firestore
from pydantic import PositiveFloat
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fraud.payments.card_number import CardRule, card_rule
from fraud_service.settings import RedisSettings, Settings, project


class PatienceSettings(Settings):
    """A payer waits: what a store has not answered by then is decided without it."""

    authorize_redis_timeout_seconds: PositiveFloat = 0.25
    authorize_firestore_timeout_seconds: PositiveFloat = 1.0


class CardSettings(Settings):
    """Set alike for authorize_payment and for the job."""

    unionpay_without_check_digit: bool = False


@cache
def stack_card_rule() -> CardRule:
    """Return which digits are a card's in this stack. Raises pydantic's ValidationError, which names the variable."""
    return card_rule(unionpay_without_check_digit=CardSettings().unionpay_without_check_digit)


@cache
def patience() -> PatienceSettings:
    """Return how long each store is waited for. Raises pydantic's ValidationError, which names the variable."""
    return PatienceSettings()


@cache
def async_documents() -> firestore.AsyncClient:
    """Return the Firestore client, of the emulator where FIRESTORE_EMULATOR_HOST says so."""
    return firestore.AsyncClient(project())


@cache
def async_cache() -> redis.asyncio.Redis:
    """Return the Redis client; a broken connection is replaced once, a time-out is not waited for again."""
    seconds = patience().authorize_redis_timeout_seconds
    return redis.asyncio.Redis.from_url(
        RedisSettings().redis_url.get_secret_value(),
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), retries=1, supported_errors=(redis.ConnectionError,)),
    )
