from datetime import timedelta

import pytest

from fraud.authorization.attempt import fingerprint, is_same_payment, make_attempt
from fraud.masking.card import card_tokens
from fraud.masking.key import KeyRing
from fraud.payments.event import PaymentEvent, parse_payment
from tests.builders import CARD, KEY, NOON, payment_json

OLD, NEW = KeyRing({"1": KEY}), KeyRing({"1": KEY, "2": "ab" * 32})
PAYMENT = parse_payment(payment_json())


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 12.5},
        {"event_time": "2026-03-01T12:00:00.000+00:00"},
        {"credit_card": f"{CARD[:4]}-{CARD[4:8]}-{CARD[8:12]}-{CARD[12:]}"},
        {"status": "PENDING"},
        {"unknown": "ignored"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_payment_written_another_way_is_the_same(changes: dict[str, object]) -> None:
    again = parse_payment(payment_json(**changes))
    assert fingerprint(again, OLD.newest) == fingerprint(PAYMENT, OLD.newest)


OTHERWISE: dict[str, object] = {
    "transaction_id": "TXN_000002",
    "event_time": "2026-03-01T12:00:00.000001Z",
    "amount": 12.51,
    "currency": "EUR",
    "credit_card": "5555555555554444",
    "cvv": "9174",
    "card_expiry": "09/31",
    "sender_account_id": "ACC_000101",
    "receiver_account_id": "ACC_000201",
    "region": "US",
    "device_id": "device-7f3b",
    "ip_address": "203.0.113.78",
    "merchant_id": "MER_000043",
    "merchant_category": "5813",
    "user_email": None,
}


@pytest.mark.parametrize("field", [name for name in PaymentEvent.__struct_fields__ if name != "status"])
def test_a_payment_that_differs_in_any_field_is_another(field: str) -> None:
    other = parse_payment(payment_json(**{field: OTHERWISE[field]}))
    assert fingerprint(other, OLD.newest) != fingerprint(PAYMENT, OLD.newest)


def test_a_payment_is_known_again_after_a_new_key() -> None:
    before, after = make_attempt(PAYMENT, OLD, NOON), make_attempt(PAYMENT, NEW, NOON)
    assert is_same_payment(after, NEW, before.fingerprint)
    assert is_same_payment(after, NEW, fingerprint(PAYMENT, NEW.newest))


def test_an_instance_that_does_not_know_the_new_key_yet_knows_the_payment_too() -> None:
    before, after = make_attempt(PAYMENT, OLD, NOON), make_attempt(PAYMENT, NEW, NOON)
    assert is_same_payment(before, OLD, after.fingerprint)


@pytest.mark.parametrize("kept", ["", "1:ab", "3:ab"])
def test_a_fingerprint_of_something_else_is_not_this_payments(kept: str) -> None:
    assert not is_same_payment(make_attempt(PAYMENT, NEW, NOON), NEW, kept)


def test_a_card_is_looked_for_under_every_key_newest_first() -> None:
    assert make_attempt(PAYMENT, NEW, NOON).card_tokens == list(card_tokens(NEW, CARD).values())


@pytest.mark.parametrize(
    ("ahead", "is_ahead"), [(timedelta(minutes=5), False), (timedelta(minutes=5, microseconds=1), True)]
)
def test_a_clock_may_run_five_minutes_ahead(ahead: timedelta, *, is_ahead: bool) -> None:
    assert make_attempt(PAYMENT, OLD, NOON - ahead).is_ahead is is_ahead


def test_an_attempt_shows_no_card_data() -> None:
    shown = repr(make_attempt(PAYMENT, NEW, NOON))
    assert not [secret for secret in (CARD, "9173", "08/31", KEY) if secret in shown]
