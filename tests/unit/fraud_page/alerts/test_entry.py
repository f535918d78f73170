import json
from collections.abc import Mapping
from decimal import Decimal

import pytest

from fraud.alerts.alert import encode_alert
from fraud_page.alerts.entry import read_entry
from tests.builders import make_alert
from tests.unit.fraud_page.entries import entry


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1", "USD", "1.00"),
        ("1234567.8", "USD", "1,234,567.80"),
        ("9007199254740993.25", "USD", "9,007,199,254,740,993.25"),
        ("1500.000", "JPY", "1,500"),
        ("0.125", "KWD", "0.125"),
    ],
)
def test_amounts_keep_every_digit(amount: str, currency: str, shown: str) -> None:
    made = entry(1, amount=Decimal(amount), currency=currency)
    assert json.loads(made.encoded)["amount"] == shown


def test_an_entry_says_when_redis_took_it_in() -> None:
    shown = json.loads(entry(1_700_000_000_123, 4).encoded)
    assert (shown["id"], shown["raised_ms"]) == ("1700000000123-4", 1_700_000_000_123)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {b"alert": b"{", b"count": b"1"},
        {b"alert": b'{"transaction_id": 7}', b"count": b"1"},
        {b"alert": encode_alert(make_alert()), b"count": b"many"},
        {b"alert": encode_alert(make_alert(currency="???")), b"count": b"1"},
    ],
)
def test_an_entry_without_an_alert_is_refused(fields: Mapping[bytes, bytes]) -> None:
    with pytest.raises((KeyError, ArithmeticError, ValueError)):
        read_entry(b"1-0", fields)
