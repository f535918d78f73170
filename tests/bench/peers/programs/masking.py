"""A payment masked by the product's own code: what every peer whose masking is in Python shares."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from fraud.masking.card import mask_card
from fraud.masking.key import HmacKey, KeyRing
from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON
from fraud.payments.event import InvalidPaymentError, parse_payment
from fraud.payments.rates import default_rates

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND, _MILLISECOND = timedelta(microseconds=1), timedelta(milliseconds=1)
_RATES = default_rates()
_CARD = 16
HIGH_AMOUNT_USD = 5_000
"""As in `ScoreRules`, whose library PyFlink's environment lacks."""


class Charge(NamedTuple):
    """A masked payment that is on time; `at` in microseconds since 1970."""

    partition: int
    offset: int
    identity: str
    sender: str
    at: int
    region: str
    device: str
    is_high: bool
    card: str


def newest_key() -> HmacKey:
    """Return the key that the file named by KEYS_FILE ends with."""
    return KeyRing(msgspec.json.decode(Path(os.environ["KEYS_FILE"]).read_bytes(), type=dict[str, str])).newest


def masked(key: HmacKey, value: bytes | None, appended_ms: int, partition: int, offset: int) -> Charge | None:
    """Return what a record leaves after masking, or None where it is rejected or late."""
    try:
        payment = parse_payment(value or b"")
    except InvalidPaymentError:
        return None
    behind = _EPOCH + timedelta(milliseconds=appended_ms) - payment.event_time
    if not -CLOCK_TOLERANCE <= behind <= DEDUPLICATION_HORIZON:
        return None
    card, event = mask_card(payment, key), payment.event
    at = (payment.event_time - _EPOCH) // _MICROSECOND
    is_high = payment.amount * _RATES[event.currency] > HIGH_AMOUNT_USD
    who = event.transaction_id, event.sender_account_id
    return Charge(partition, offset, *who, at, event.region, event.device_id, is_high, card.card_token[:_CARD])


def milliseconds(appended: datetime) -> int:
    """Return an append time in milliseconds since 1970; one without a zone is UTC."""
    return (appended.replace(tzinfo=appended.tzinfo or UTC) - _EPOCH) // _MILLISECOND
