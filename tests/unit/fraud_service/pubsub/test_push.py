import base64
import json

import pytest

from fraud_service.http.problem import ProblemError
from fraud_service.pubsub.push import PushMessage, push_endpoint, receive
from tests.unit.fraud_service.requests import request

DATA = b'{"transaction_id": "TXN_1"}'
WRAPPED = {
    "message": {
        "data": base64.b64encode(DATA).decode(),
        "attributes": {"severity": "HIGH"},
        "messageId": "17",
        "message_id": "17",
        "orderingKey": "ACC_100",
        "publishTime": "2026-03-01T12:00:00Z",
    },
    "subscription": "projects/p/subscriptions/s",
}
EVENT = {"specversion": "1.0", "type": "google.cloud.pubsub.topic.v1.messagePublished", "id": "17", "source": "//p"}
MESSAGE = PushMessage(DATA, {"severity": "HIGH"}, "17", "ACC_100")


def test_a_wrapped_push_is_received() -> None:
    assert receive(request(body=json.dumps(WRAPPED).encode())) == MESSAGE


def test_a_structured_cloud_event_is_received() -> None:
    assert receive(request(body=json.dumps({**EVENT, "data": WRAPPED}).encode())) == MESSAGE


def test_a_binary_cloud_event_is_received() -> None:
    headers = {f"ce-{name}": text for name, text in EVENT.items()}
    assert receive(request(body=json.dumps(WRAPPED).encode(), headers=headers)) == MESSAGE


def test_an_unwrapped_push_is_received() -> None:
    headers = {"X-Goog-Pubsub-Message-Id": "17", "X-Goog-Pubsub-Ordering-Key": "ACC_100", "severity": "HIGH"}
    message = receive(request(body=DATA, headers=headers))
    assert (message.data, message.message_id, message.ordering_key) == (DATA, "17", "ACC_100")
    assert message.attributes["severity"] == "HIGH"


def test_a_message_without_data_is_received() -> None:
    assert receive(request(body=b'{"message": {"messageId": "17"}}')) == PushMessage(b"", {}, "17")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"message": 1}', b'{"message": {"data": "%%%"}}', b'{"data": 1}', b"[" * 100_000]
)
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(ProblemError) as refused:
        receive(request(body=body))
    assert (refused.value.status, refused.value.field) == (400, "message")


def test_a_handled_message_is_acknowledged() -> None:
    handled: list[PushMessage] = []
    response = push_endpoint(handled.append, "dead")(request(body=json.dumps(WRAPPED).encode()))
    assert response.status_code == 204
    assert handled == [MESSAGE]


def test_a_message_shows_nothing_of_its_data() -> None:
    assert repr(MESSAGE) == "PushMessage(message_id='17')"
