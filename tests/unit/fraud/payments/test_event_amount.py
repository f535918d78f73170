from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.payments.event import Reason, parse_payment
from fraud.payments.money import MINOR_DIGITS
from tests.builders import payment_json
from tests.unit.fraud.rejections import rejection


def written_amount(text: str, currency: str = "USD") -> bytes:
    return payment_json(amount=msgspec.Raw(text.encode()), currency=currency)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1", "USD", "1"),
        ("0.01", "USD", "0.01"),
        ("12.5", "USD", "12.5"),
        ("12.500000", "USD", "12.5"),
        ("0.1e1", "USD", "1"),
        ("1e2", "USD", "100"),
        ("1E+002", "USD", "100"),
        ("150e-2", "USD", "1.5"),
        ("999999999999999.99", "USD", "999999999999999.99"),
        ("9.99e14", "USD", "999000000000000"),
        ("1", "JPY", "1"),
        ("1000.0", "JPY", "1000"),
        ("0.001", "KWD", "0.001"),
        ("1." + "0" * 38, "USD", "1"),
    ],
)
def test_an_amount_is_exact(text: str, currency: str, amount: str) -> None:
    assert parse_payment(written_amount(text, currency)).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("0", "USD"),
        ("0.00", "USD"),
        ("-0", "USD"),
        ("-1", "USD"),
        ("-0.01", "USD"),
        ("0.001", "USD"),
        ("1e-3", "USD"),
        ("0.5", "JPY"),
        ("0.0001", "KWD"),
        ("1e15", "USD"),
        ("1000000000000000", "USD"),
        ("1e99", "USD"),
        ("1e999999999999999999", "USD"),
        ("1e99999999999999999999", "USD"),
        ("1e-99999999", "USD"),
        ("1e-999999999999999999", "USD"),
        ("1e-99999999999999999999", "USD"),
        ("0e99999999999999999999", "USD"),
        ("1." + "0" * 33 + "1", "USD"),
        ("1." + "0" * 39, "USD"),
        ('"5"', "USD"),
        ('""', "USD"),
        ("true", "USD"),
        ("null", "USD"),
        ("[5]", "USD"),
        ('{"value":5}', "USD"),
    ],
)
def test_another_amount_is_named(text: str, currency: str) -> None:
    assert rejection(written_amount(text, currency)) == (Reason.INVALID_FIELD, "amount")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "0x10", "1_000", "1,5"])
def test_what_json_calls_no_number_is_not_json(text: str) -> None:
    value = payment_json(amount="AMOUNT").replace(b'"AMOUNT"', text.encode())
    assert rejection(value) == (Reason.NOT_JSON, None)


@given(st.integers(1, 10**15 - 1), st.data())
def test_every_amount_of_minor_units_is_exact(units: int, data: st.DataObject) -> None:
    currency = data.draw(st.sampled_from(sorted(MINOR_DIGITS)))
    amount = Decimal(units).scaleb(-MINOR_DIGITS[currency])
    assert parse_payment(payment_json(amount=amount, currency=currency)).amount == amount
