"""A payment attempt: what a gateway asks before it charges, and how the same question is known again."""

from datetime import datetime

import msgspec

from fraud.masking.card import card_tokens
from fraud.masking.key import HmacKey, KeyRing
from fraud.payments.disposition import CLOCK_TOLERANCE
from fraud.payments.event import Payment, PaymentEvent


class Attempt(msgspec.Struct, frozen=True):
    """A question: the payment, its card's token under every live key version, its fingerprint, and when it came.

    `card_mark` tells cards apart where they are counted, and leads to no token without the key.
    """

    payment: Payment
    card_tokens: list[str]
    card_mark: str
    fingerprint: str
    asked_at: datetime

    @property
    def is_ahead(self) -> bool:
        """Whether the payment's clock runs so far ahead that the stream will reject it."""
        return self.payment.event_time - self.asked_at > CLOCK_TOLERANCE


def make_attempt(payment: Payment, keys: KeyRing, now: datetime) -> Attempt:
    """Return the question that a payment asks at `now`.

    Fingerprint and mark are under the oldest key: that one an instance knows too which has not been given the newest
    yet.
    """
    tokens, oldest = [*card_tokens(keys, payment.card_digits).values()], keys.versions[-1]
    mark = oldest.digest(f"attempts|{payment.card_digits}".encode())
    return Attempt(payment, tokens, mark, fingerprint(payment, oldest), now)


_ENCODE = msgspec.json.Encoder().encode
_COMPARED_BY_MEANING = ("event_time", "amount", "credit_card", "status")
_COMPARED_AS_WRITTEN = tuple(name for name in PaymentEvent.__struct_fields__ if name not in _COMPARED_BY_MEANING)


def fingerprint(payment: Payment, key: HmacKey) -> str:
    """Return what tells two payments under one transaction_id apart, with the key's version.

    It is keyed, since it spans the card number (PCI DSS 4.0.1, 3.5.1.1). Writing an amount, a time or a card number
    another way makes no other payment, and neither does the status.
    """
    written = [getattr(payment.event, name) for name in _COMPARED_AS_WRITTEN]
    meant = [payment.event_time, str(payment.amount.normalize()), payment.card_digits]
    return f"{key.version}:{key.digest(_ENCODE(written + meant))}"


def is_same_payment(attempt: Attempt, keys: KeyRing, kept: str) -> bool:
    """Tell whether a fingerprint, under whichever live key version, is of the payment of this attempt."""
    if kept == attempt.fingerprint:
        return True
    version = kept.partition(":")[0]
    return any(fingerprint(attempt.payment, key) == kept for key in keys.versions if key.version == version)
