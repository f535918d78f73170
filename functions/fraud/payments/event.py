"""The payment event as it arrives on Kafka, and its validation.

A rejection names the reason and the field, never the value: any value of a malformed event may be card data.
"""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import chain
from typing import Annotated

import msgspec

from fraud.payments.card_number import CardRule, card_digits, is_card
from fraud.payments.disguise import holds_card_number, holds_digits, pasted_digits
from fraud.payments.form import LONGEST_ADDRESS, LONGEST_NAME, NAMES, PATTERNS
from fraud.payments.ip_network import ip_network
from fraud.payments.money import MAX_INTEGER_DIGITS, MINOR_DIGITS, has_minor_digits

MAX_EVENT_BYTES = 16_384
"""Longest event that is parsed; a well-formed one is under 2 kB."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


class Reason(StrEnum):
    """Why an event was rejected."""

    TOO_LARGE = "TOO_LARGE"
    NOT_JSON = "NOT_JSON"
    MISSING_FIELD = "MISSING_FIELD"
    INVALID_FIELD = "INVALID_FIELD"
    CARD_DATA_IN_FIELD = "CARD_DATA_IN_FIELD"
    FUTURE_CLOCK = "FUTURE_CLOCK"


class InvalidPaymentError(ValueError):
    """An event that is not a payment: `reason`, and `field` where one is to blame."""

    def __init__(self, reason: Reason, field: str | None = None) -> None:
        super().__init__(f"{reason}: {field}" if field else reason.value)
        self.reason = reason
        self.field = field


class PaymentEvent(msgspec.Struct, frozen=True, gc=False):
    """The event's JSON, its fields of the right type and no more: `judge` tells whether they make a payment.

    Two members of one name are the last of them. It has no readable representation: it holds card data.
    """

    transaction_id: str
    event_time: str
    amount: msgspec.Raw
    currency: str
    credit_card: str
    cvv: str
    card_expiry: str
    sender_account_id: str
    receiver_account_id: str
    region: str
    device_id: str
    ip_address: str
    merchant_id: str
    merchant_category: str
    user_email: str | None = None
    status: str = "PENDING"

    def __repr__(self) -> str:
        return "PaymentEvent(...)"


class Payment(msgspec.Struct, frozen=True, gc=False):
    """A valid payment, in memory only: `event` as it came, and what its fields mean."""

    event: PaymentEvent
    event_time: datetime
    amount: Decimal
    card_digits: str
    ip_network: str

    def __repr__(self) -> str:
        return "Payment(...)"


STORED_TEXT = (*NAMES, "user_email")
"""The fields that are stored as they came."""

SEARCHED_TEXT = ("region", "device_id", "merchant_id", "user_email")
"""Those of them that must not hold anybody's card number either."""

_AMOUNT_CHARACTERS = 40
_DECODER = msgspec.json.Decoder(PaymentEvent)
_MATCHES = {field: re.compile(pattern).fullmatch for field, pattern in PATTERNS.items()}
_FIELDS = frozenset(PaymentEvent.__struct_fields__)
# Anchored: a decoder's message may quote the event, and what it quotes must not pass for a field's name.
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_PATH = re.compile(r"`\$\.(\w+)[^`]*`\Z")


def parse_payment(value: bytes) -> Payment:
    """Return the payment that a Kafka value holds.

    Raises InvalidPaymentError; the original error is not chained, since a decoder's error can quote the value.
    """
    return judge(decode_event(value))


def judge(event: PaymentEvent, is_card: CardRule = is_card) -> Payment:
    """Return the payment that an event is, of a card by the stack's rule. Raises InvalidPaymentError."""
    _refuse_misshapen(event)
    digits = _valid_card(event, is_card)
    smuggling = card_number_field(event, digits)
    if smuggling:
        raise InvalidPaymentError(Reason.CARD_DATA_IN_FIELD, smuggling)
    return Payment(event, _valid_time(event), _valid_amount(event), digits, _valid_network(event))


def with_pasted_card(event: PaymentEvent) -> PaymentEvent:
    """Return the event of somebody who asks, its card number in digits if it was pasted with odd separators."""
    digits = pasted_digits(event.credit_card)
    return msgspec.structs.replace(event, credit_card=digits) if digits else event


def decode_event(value: bytes) -> PaymentEvent:
    """Return the event that a Kafka value holds, not judged yet. Raises InvalidPaymentError."""
    if len(value) > MAX_EVENT_BYTES:
        raise InvalidPaymentError(Reason.TOO_LARGE)
    try:
        return _DECODER.decode(value)
    except msgspec.ValidationError as error:
        invalid = _blame(str(error))
    except (ValueError, RecursionError):
        invalid = InvalidPaymentError(Reason.NOT_JSON)
    raise invalid


def _blame(message: str) -> InvalidPaymentError:
    missing, path = _MISSING.match(message), _PATH.search(message)
    if missing:
        return InvalidPaymentError(Reason.MISSING_FIELD, missing[1])
    field = path[1] if path and path[1] in _FIELDS else None
    return InvalidPaymentError(Reason.INVALID_FIELD, field)


def _refuse_misshapen(event: PaymentEvent) -> None:
    for field in NAMES:
        if not 1 <= len(getattr(event, field)) <= LONGEST_NAME:
            raise InvalidPaymentError(Reason.INVALID_FIELD, field)
    for field, matches in _MATCHES.items():
        if not matches(getattr(event, field)):
            raise InvalidPaymentError(Reason.INVALID_FIELD, field)
    if event.user_email and len(event.user_email) > LONGEST_ADDRESS:
        raise InvalidPaymentError(Reason.INVALID_FIELD, "user_email")


def _valid_card(event: PaymentEvent, is_card: CardRule) -> str:
    digits = card_digits(event.credit_card)
    if digits is None or not is_card(digits):
        raise InvalidPaymentError(Reason.INVALID_FIELD, "credit_card")
    return digits


def card_number_field(event: PaymentEvent, digits: str) -> str | None:
    """Return the first stored field that holds the event's card number, or, where people write, anybody's.

    However it is written (PCI DSS 3.5.1). Ids are looked at for the event's own number alone: a UUID's digits pass for
    a card's by chance.
    """
    texts = {field: getattr(event, field) or "" for field in STORED_TEXT}
    own = (field for field, text in texts.items() if holds_digits(text, digits))
    others = (field for field in SEARCHED_TEXT if holds_card_number(texts[field]))
    return next(chain(own, others), None)


def _valid_time(event: PaymentEvent) -> datetime:
    try:
        return datetime.fromisoformat(event.event_time)
    except ValueError:
        pass
    raise InvalidPaymentError(Reason.INVALID_FIELD, "event_time")


def _valid_amount(event: PaymentEvent) -> Decimal:
    if event.currency not in MINOR_DIGITS:
        raise InvalidPaymentError(Reason.INVALID_FIELD, "currency")
    amount = _number(bytes(event.amount))
    if not _is_payable(amount, event.currency):
        raise InvalidPaymentError(Reason.INVALID_FIELD, "amount")
    return amount


def _number(text: bytes) -> Decimal:
    """Return a positive JSON number exactly, and zero for anything else or beyond Decimal's exponents."""
    # Raw is any JSON value, and of those only a number that is not negative starts with a digit.
    if not text[:1].isdigit() or len(text) > _AMOUNT_CHARACTERS:
        return Decimal(0)
    try:
        return Decimal(text.decode())
    except InvalidOperation:
        return Decimal(0)


def _is_payable(amount: Decimal, currency: str) -> bool:
    return amount > 0 and amount.adjusted() < MAX_INTEGER_DIGITS and has_minor_digits(amount, currency)


def _valid_network(event: PaymentEvent) -> str:
    network = ip_network(event.ip_address)
    if network is None:
        raise InvalidPaymentError(Reason.INVALID_FIELD, "ip_address")
    return network
