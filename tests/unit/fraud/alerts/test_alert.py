import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.alerts.alert import SCHEMA_VERSION, decode_alert, encode_alert, live_alert
from tests.builders import NOON, make_alert


@given(st.decimals(min_value="0.001", max_value="999999999999999.999", places=3))
def test_an_alert_survives_json_to_the_last_digit(amount: Decimal) -> None:
    alert = make_alert(amount=amount, amount_usd=amount, event_time=NOON.replace(microsecond=123456))
    assert decode_alert(encode_alert(alert)) == alert
    assert str(decode_alert(encode_alert(alert)).amount) == str(amount)


def test_what_subscribers_read() -> None:
    document = json.loads(encode_alert(make_alert(amount=Decimal("5000.01"))), parse_float=Decimal)
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["amount"] == Decimal("5000.01")
    assert (document["type"], document["severity"]) == ("VELOCITY", "HIGH")
    assert document["event_time"] == "2026-03-01T12:00:00Z"


def test_the_live_alert_has_the_contract_s_fields_only() -> None:
    assert json.loads(live_alert(make_alert()), parse_float=str) == {
        "transaction_id": "TXN_000004",
        "velocity_count": 4,
        "amount": "1.00",
        "region": "US-CA-LA",
        "fraud_score": 40,
        "severity": "HIGH",
        "event_time": "2026-03-01T12:00:00Z",
    }


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"transaction_id": "T"}'])
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_alert(document)
