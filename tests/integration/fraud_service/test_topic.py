"""Publishing on a real Pub/Sub emulator."""

from secrets import token_hex

import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from fraud.errors import RetryableError
from fraud_service.pubsub.topic import publish


@pytest.mark.usefixtures("pubsub")
def test_a_failed_message_does_not_hold_back_the_next_one_of_its_key(stack_environment: dict[str, str]) -> None:
    project, name = stack_environment["GOOGLE_CLOUD_PROJECT"], f"topic-{token_hex(4)}"
    with pytest.raises(RetryableError, match="NotFound"):
        publish(name, b"lost", "ACC_1")

    with SubscriberClient() as subscriber:
        topic, path = f"projects/{project}/topics/{name}", subscriber.subscription_path(project, name)
        PublisherClient().create_topic(name=topic)
        subscriber.create_subscription(name=path, topic=topic)
        publish(name, b"held", "ACC_1", action="BLOCK_CARD")
        [kept] = subscriber.pull(subscription=path, max_messages=10, timeout=20).received_messages
    assert (kept.message.data, dict(kept.message.attributes)) == (b"held", {"action": "BLOCK_CARD"})
