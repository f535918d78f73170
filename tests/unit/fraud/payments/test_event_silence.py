"""A rejection shows nothing of the event: not in its text, its fields, its traceback, nor in a chained error."""

import traceback
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.payments.event import InvalidPaymentError, PaymentEvent, parse_payment
from tests.builders import CARD, payment_event, payment_json

FIELDS = sorted(payment_event())
# letters that no line of code holds, and that still pass for a field's name
SECRETS = st.text("ДЖЮящю", min_size=6, max_size=40)

SHAPES: list[Callable[[str], object]] = [
    lambda secret: secret,
    lambda secret: f"4111 {secret}",
    lambda secret: f"Object missing required field `{secret}`",
    lambda secret: f"x - at `$.{secret}`",
    lambda secret: f"`$.cvv` {secret}",
    lambda secret: [secret],
    lambda secret: {secret: secret},
    lambda secret: {"x": [{secret: 1}]},
]


def rejection(value: bytes) -> InvalidPaymentError | None:
    try:
        parse_payment(value)
    except InvalidPaymentError as error:
        return error
    return None


def shown(value: bytes) -> str:
    """Return everything that a log could hold of a rejection, chained errors included; empty for a payment."""
    error = rejection(value)
    if error is None:
        return ""
    return "\n".join([str(error), repr(error), *map(repr, error.args), *traceback.format_exception(error)])


@given(st.sampled_from(FIELDS), SECRETS, st.sampled_from(SHAPES))
def test_garbage_in_a_field(field: str, secret: str, shape: Callable[[str], object]) -> None:
    assert secret not in shown(payment_json(**{field: shape(secret)}))


@given(st.sampled_from(FIELDS), st.integers(10**9, 10**30))
def test_a_number_in_a_field(field: str, secret: int) -> None:
    assert str(secret) not in shown(payment_json(**{field: msgspec.Raw(str(secret).encode())}))


@given(SECRETS, st.sampled_from(SHAPES))
def test_garbage_beside_the_fields(secret: str, shape: Callable[[str], object]) -> None:
    assert secret not in shown(payment_json(**{secret: shape(secret), "amount": "letters"}))


@given(SECRETS, st.binary(min_size=1, max_size=4))
def test_bytes_that_are_no_text(secret: str, noise: bytes) -> None:
    text = shown(payment_json(device_id=f"{secret}%").replace(b"%", b"\xff" + noise))
    assert secret not in text
    assert not text or "\\xff" not in text


@given(SECRETS, st.integers(1, 500))
def test_an_event_cut_off(secret: str, length: int) -> None:
    assert secret not in shown(payment_json(transaction_id=secret, device_id=secret)[:length])


@pytest.mark.parametrize("field", FIELDS)
def test_the_other_values_of_a_rejected_event(field: str) -> None:
    text = shown(payment_json(**{field: []}))
    assert text
    values = [value for value in payment_event().values() if isinstance(value, str) and len(value) > 3]
    assert not [value for value in values if value in text]


@given(st.sampled_from(FIELDS), SECRETS, st.sampled_from(SHAPES))
def test_the_field_named_is_always_one_of_the_contract(field: str, secret: str, shape: Callable[[str], object]) -> None:
    error = rejection(payment_json(**{field: shape(secret), secret: shape(secret)}))
    assert error is None or error.field in {None, *PaymentEvent.__struct_fields__}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(payment_json(cvv="12"), id="validation"),
        pytest.param(payment_json(status="Д"), id="literal"),
        pytest.param(payment_json()[:-1], id="syntax"),
        pytest.param(payment_json().replace(b"device", b"\xff"), id="encoding"),
        pytest.param(payment_json(event_time="2026-02-30T12:00:00Z"), id="calendar"),
        pytest.param(payment_json(amount=msgspec.Raw(b"1e99999999999999999999")), id="exponent"),
        pytest.param(payment_json(ip_address="2001:db8::g"), id="address"),
        pytest.param(payment_json(x="x" * 20_000), id="size"),
    ],
)
def test_no_other_error_is_chained(value: bytes) -> None:
    error = rejection(value)
    assert error is not None
    assert (error.__cause__, error.__context__) == (None, None)


def test_no_representation_shows_a_payment() -> None:
    payment = parse_payment(payment_json())
    texts = f"{payment} {payment!r} {payment.event} {payment.event!r} {[payment]} {(payment.event,)}"
    assert CARD not in texts
    assert "9173" not in texts
    assert "ACC_" not in texts
