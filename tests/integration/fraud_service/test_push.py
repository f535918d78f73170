"""What a push leaves behind on a real Pub/Sub emulator."""

import base64
import json

import pytest
from google.cloud.pubsub_v1 import SubscriberClient

from fraud.errors import PermanentError
from fraud_service.pubsub.push import PushMessage, push_endpoint
from tests.unit.fraud_service.requests import request

BODY = json.dumps({"message": {"data": base64.b64encode(b"poison").decode(), "messageId": "17"}}).encode()


@pytest.mark.usefixtures("pubsub")
def test_a_message_that_can_never_be_handled_is_kept_with_its_reason(stack_environment: dict[str, str]) -> None:
    def refuse(_message: PushMessage) -> None:
        raise PermanentError("amount is missing")

    response = push_endpoint(refuse, "fraud-alerts-dead-letter")(request(body=BODY))

    assert response.status_code == 204
    with SubscriberClient() as subscriber:
        path = subscriber.subscription_path(stack_environment["GOOGLE_CLOUD_PROJECT"], "fraud-alerts-dead-letter")
        kept = subscriber.pull(subscription=path, max_messages=10, timeout=20).received_messages
        subscriber.acknowledge(subscription=path, ack_ids=[one.ack_id for one in kept])
    assert [(one.message.data, one.message.attributes["reason"]) for one in kept] == [(b"poison", "amount is missing")]


def test_a_message_that_failed_is_not_acknowledged() -> None:
    def fail(_message: PushMessage) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        push_endpoint(fail, "fraud-alerts-dead-letter")(request(body=BODY))
