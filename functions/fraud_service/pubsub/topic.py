"""The topics that the functions publish to."""

from contextlib import suppress
from functools import cache

from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.publisher.futures import Future
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from fraud.errors import RetryableError
from fraud_service.settings import project

PUBLISH_TIMEOUT_S = 10.0
"""For one publication. The client repeats none: where messages are ordered its repeating has no end, and who has been
told of a failure must not see the message go out an hour later."""


@cache
def publisher() -> PublisherClient:
    """Return the Pub/Sub publisher; messages with an ordering key keep their order."""
    return PublisherClient(
        batch_settings=BatchSettings(max_latency=0.005),
        publisher_options=PublisherOptions(enable_message_ordering=True, retry=None, timeout=PUBLISH_TIMEOUT_S),
    )


def begin_publishing(topic: str, data: bytes, key: str = "", /, **attributes: str) -> Future:
    """Send a message on its way, in the order of its key if it has one; the future tells when Pub/Sub holds it."""
    client = publisher()
    return client.publish(client.topic_path(project(), topic), data, key, **attributes)


def publish(topic: str, data: bytes, key: str = "", /, **attributes: str) -> None:
    """Publish a message and wait until Pub/Sub holds it. Raises RetryableError where it does not."""
    future = begin_publishing(topic, data, key, **attributes)
    try:
        future.result(2 * PUBLISH_TIMEOUT_S)  # beyond the call's own limit: that ends it, and says why
    except Exception as error:
        if key:
            _resume(topic, key)
        raise RetryableError(f"Pub/Sub does not answer: {type(error).__name__}") from error


def _resume(topic: str, key: str) -> None:
    """Let the later messages of a key go: a failed one holds them back until told otherwise.

    The client refuses where nothing is held back; that must not hide why the message failed.
    """
    with suppress(RuntimeError):
        publisher().resume_publish(publisher().topic_path(project(), topic), key)
