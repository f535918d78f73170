"""The smallest call to each store, which tells whether it answers; each ends within its own limit."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from google.api_core.exceptions import Forbidden, GoogleAPICallError

from fraud.errors import RetryableError
from fraud.health.components import Component
from fraud_service.pubsub.topic import publisher
from fraud_service.settings import project
from fraud_service.stores.cache import cache_client, reaching_redis
from fraud_service.stores.documents import documents, reaching_firestore
from fraud_service.stores.raw_topic import RawTopic, RawTopicSettings
from fraud_service.stores.warehouse import warehouse

LIMIT_S = 3.0


@cache
def raw_topic() -> RawTopic:
    """Return the raw topic, asked by somebody who waits."""
    return RawTopic(RawTopicSettings(), LIMIT_S)


def calls(topic: str) -> Mapping[Component, Callable[[], object]]:
    """Return what asks each store. A call raises RetryableError while its store does not answer.

    `topic` is one of Pub/Sub's that this process publishes to. Kafka answers with its Reach.
    """
    return {
        Component.KAFKA: lambda: raw_topic().reach(),
        Component.REDIS: _redis,
        Component.FIRESTORE: _firestore,
        Component.BIGQUERY: lambda: warehouse().greet(LIMIT_S),
        Component.PUBSUB: partial(_pubsub, topic),
    }


def _redis() -> None:
    with reaching_redis():
        cache_client().ping()


def _firestore() -> None:
    with reaching_firestore():
        documents().document("health/none").get(timeout=LIMIT_S)


def _pubsub(topic: str) -> None:
    client = publisher()
    try:
        client.get_topic(topic=client.topic_path(project(), topic), retry=None, timeout=LIMIT_S)
    except Forbidden:
        return  # who publishes may not look at a topic; to be told so is an answer
    except GoogleAPICallError as error:
        raise RetryableError(f"Pub/Sub does not answer: {type(error).__name__}") from None
