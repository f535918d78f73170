"""Masking of card data and the keyed hashes that stand for it."""

import msgspec

from fraud.masking.key import HmacKey, KeyRing, Scheme
from fraud.payments.event import Payment

CVV_MASKED = "XXX"
BIN_DIGITS = 8
"""How much of a card number names its issuer (ISO/IEC 7812-1)."""
HASHED_FIELDS = {Scheme.WITH_CVV: ("cvv", "card_expiry"), Scheme.WITHOUT_CVV: ("card_expiry",)}
"""What `pii_hash` is over beside the card's digits, by scheme."""


class MaskedCard(msgspec.Struct, frozen=True):
    """What is left of a card once masked."""

    credit_card_masked: str
    card_expiry_masked: str
    pii_hash: str
    card_token: str
    bin_token: str


def mask_card(payment: Payment, key: HmacKey) -> MaskedCard:
    """Return the masked card of a payment under one key version."""
    event, digits = payment.event, payment.card_digits
    return MaskedCard(
        f"XXXX-XXXX-XXXX-{digits[-4:]}",
        f"{event.card_expiry[:2]}/XX",
        pii_hash(key, digits, event.cvv, event.card_expiry),
        card_token(key, digits),
        bin_token(key, digits),
    )


def pii_hash(key: HmacKey, digits: str, cvv: str, expiry: str) -> str:
    """Return the identity of card and expiry together (the seeds' hash, keyed); old schemes take the CVV in as well."""
    beside = {"cvv": cvv, "card_expiry": expiry}
    return key.digest("|".join([digits, *map(beside.__getitem__, HASHED_FIELDS[key.scheme])]).encode())


def card_token(key: HmacKey, digits: str) -> str:
    """Return the identity of the card alone: an attacker who varies the CVV keeps it."""
    return key.digest(digits.encode())


def bin_token(key: HmacKey, digits: str) -> str:
    """Return the identity of the card's issuer; beside the last four digits, a BIN in clear leaves 10^4 numbers."""
    return key.digest(digits[:BIN_DIGITS].encode())


def card_tokens(ring: KeyRing, digits: str) -> dict[str, str]:
    """Return the card's token under every live version, newest first."""
    return {key.version: card_token(key, digits) for key in ring.versions}
