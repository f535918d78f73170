"""The topics that the functions publish to."""

from functools import cache

from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.publisher.futures import Future
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from fraud.errors import RetryableError
from fraud_service.settings import project

PUBLISH_TIMEOUT_S = 30


@cache
def publisher() -> PublisherClient:
    """Return the Pub/Sub publisher; messages with an ordering key keep their order."""
    return PublisherClient(
        batch_settings=BatchSettings(max_latency=0.005),
        publisher_options=PublisherOptions(enable_message_ordering=True),
    )


def begin_publishing(topic: str, data: bytes, key: str = "", /, **attributes: str) -> Future:
    """Send a message on its way, in the order of its key if it has one; the future tells when Pub/Sub holds it."""
    client = publisher()
    return client.publish(client.topic_path(project(), topic), data, key, **attributes)


def publish(topic: str, data: bytes, key: str = "", /, **attributes: str) -> None:
    """Publish a message and wait until Pub/Sub holds it. Raises RetryableError where it does not."""
    future = begin_publishing(topic, data, key, **attributes)
    try:
        future.result(PUBLISH_TIMEOUT_S)
    except Exception as error:
        if key:  # a failed message holds back the later ones of its key until told otherwise
            publisher().resume_publish(publisher().topic_path(project(), topic), key)
        raise RetryableError(f"Pub/Sub does not answer: {type(error).__name__}") from error
