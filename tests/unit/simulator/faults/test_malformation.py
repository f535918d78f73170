import json
from decimal import Decimal

import numpy as np
import pytest

from fraud.payments.card_number import card_digits, is_luhn_valid
from fraud.payments.event import InvalidPaymentError, Reason, parse_payment
from simulator.faults.malformation import GARBAGE_BYTES, spoiled
from simulator.messages.truth import Fault
from tests.unit.simulator.messages.test_payments import TWO

VALUES = TWO.values()


def spoil(fault: Fault, value: bytes = VALUES[0]) -> bytes:
    return spoiled(fault, value, np.random.default_rng(5)) or b""


@pytest.mark.parametrize(
    ("fault", "reason", "field"),
    [
        (Fault.BAD_JSON, Reason.NOT_JSON, None),
        (Fault.LETTERS_IN_AMOUNT, Reason.INVALID_FIELD, "amount"),
        (Fault.NEGATIVE_AMOUNT, Reason.INVALID_FIELD, "amount"),
        (Fault.ZERO_AMOUNT, Reason.INVALID_FIELD, "amount"),
        (Fault.TOO_MANY_MINOR_DIGITS, Reason.INVALID_FIELD, "amount"),
        (Fault.NOT_A_NUMBER, Reason.NOT_JSON, None),
        (Fault.LUHN_FAILURE, Reason.INVALID_FIELD, "credit_card"),
        (Fault.UNKNOWN_CURRENCY, Reason.INVALID_FIELD, "currency"),
        (Fault.BAD_EXPIRY, Reason.INVALID_FIELD, "card_expiry"),
        (Fault.EMPTY_VALUE, Reason.NOT_JSON, None),
        (Fault.NOT_AN_OBJECT, Reason.INVALID_FIELD, None),
        (Fault.NOT_A_TIME, Reason.INVALID_FIELD, "event_time"),
        (Fault.LONG_TRANSACTION_ID, Reason.INVALID_FIELD, "transaction_id"),
        (Fault.CARD_NUMBER_ELSEWHERE, Reason.CARD_DATA_IN_FIELD, "merchant_id"),
    ],
)
@pytest.mark.parametrize("value", VALUES)
def test_each_fault_is_the_one_it_is_named_after(fault: Fault, reason: Reason, field: str | None, value: bytes) -> None:
    with pytest.raises(InvalidPaymentError) as refused:
        parse_payment(spoil(fault, value))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_any_required_field_may_be_missing() -> None:
    rng = np.random.default_rng(1)
    missing = {frozenset(json.loads(VALUES[0])) - frozenset(json.loads(_dropped(rng))) for _ in range(500)}
    assert missing == {frozenset({key}) for key in json.loads(VALUES[0]) if key != "status"}


def _dropped(rng: np.random.Generator) -> bytes:
    return spoiled(Fault.MISSING_FIELD, VALUES[0], rng) or b""


def test_a_broken_card_number_still_looks_like_one() -> None:
    digits = card_digits(json.loads(spoil(Fault.LUHN_FAILURE))["credit_card"])
    assert digits
    assert not is_luhn_valid(digits)


def test_a_negative_amount_is_otherwise_exact() -> None:
    assert json.loads(spoil(Fault.NEGATIVE_AMOUNT), parse_float=Decimal)["amount"] == Decimal("-1.00")


def test_garbage_is_five_megabytes_of_no_text() -> None:
    garbage = spoil(Fault.OVERSIZED_GARBAGE)
    assert len(garbage) == GARBAGE_BYTES
    with pytest.raises(UnicodeDecodeError):
        garbage.decode()


def test_text_that_is_no_utf8_is_in_a_field() -> None:
    with pytest.raises(UnicodeDecodeError):
        spoil(Fault.NOT_UTF8).decode()


def test_a_null_value_is_nothing_at_all() -> None:
    assert spoiled(Fault.NULL_VALUE, VALUES[0], np.random.default_rng(5)) is None


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.LATE, Fault.FUTURE_CLOCK])
def test_a_wrong_clock_spoils_nothing_else(fault: Fault) -> None:
    assert spoil(fault) == VALUES[0]
