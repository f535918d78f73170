import json

import pytest

from fraud.alerts.alert import encode_alert
from fraud.errors import PermanentError
from fraud_service.alerts.messages import read_alert
from fraud_service.pubsub.push import PushMessage
from tests.builders import make_alert

DOCUMENT = json.loads(encode_alert(make_alert()))


def test_an_alert_is_read() -> None:
    assert read_alert(PushMessage(encode_alert(make_alert()))) == make_alert()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the message is no alert: the body is not JSON"),
        (b"{}", "the message is no alert: a required field is missing: sender_account_id"),
        (
            json.dumps(DOCUMENT | {"amount": "x4111"}).encode(),
            "the message is no alert: a field has a value that is not allowed: amount",
        ),
        (
            json.dumps({**DOCUMENT, "schema_version": 3}).encode(),
            "the alert has a schema_version that is not known here",
        ),
    ],
)
def test_anything_else_is_refused_by_the_field_to_blame(data: bytes, reason: str) -> None:
    with pytest.raises(PermanentError) as refused:
        read_alert(PushMessage(data))
    assert str(refused.value) == reason
    assert refused.value.__cause__ is None
