"""A data subject: whoever an erasure or a report is about, found by the card under every key version that is known.

A card number is turned into its tokens at once and goes no further. A `pii_hash` stands for a card with one CVV and
one expiry; the person is the card, so the tokens that rows carry beside the hash join the subject later.
"""

import hashlib
import re
from typing import Literal

import msgspec

from fraud.errors import PermanentError
from fraud.masking.card import card_tokens
from fraud.masking.key import KeyRing
from fraud.payments.card_number import is_card_or_unionpay
from fraud.payments.disguise import pasted_digits

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")

Kind = Literal["credit_card", "card_token", "pii_hash"]


class IdentifierError(PermanentError):
    """What was given names no subject; `field` is the identifier to blame, never its value."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class Identifiers(msgspec.Struct, forbid_unknown_fields=True):
    """What a request names its subject by: one of the three, or a card number with one of its own tokens."""

    credit_card: str | None = None
    card_token: str | None = None
    pii_hash: str | None = None

    def __repr__(self) -> str:
        return "Identifiers(...)"


class Subject(msgspec.Struct, frozen=True):
    """Who is meant, by tokens and hashes in lower-case hex; `key_versions` are those behind a card number's tokens."""

    kind: Kind
    card_tokens: list[str] = []
    pii_hashes: list[str] = []
    key_versions: list[str] = []

    @property
    def key(self) -> str:
        """One name for the same subject named the same way again; nobody gets from it to a token."""
        named = ",".join([*sorted(self.card_tokens), "|", *sorted(self.pii_hashes)])
        return hashlib.sha256(named.encode()).hexdigest()

    def is_named_by(self, card_token: str | None, pii_hash: str | None) -> bool:
        """Tell whether a row with these values is the subject's."""
        return card_token in self.card_tokens or pii_hash in self.pii_hashes

    def joined(self, card_tokens: set[str]) -> "Subject":
        """Return the subject with the tokens that rows carry beside its hashes."""
        return msgspec.structs.replace(self, card_tokens=sorted({*self.card_tokens, *card_tokens}))


def named_subject(identifiers: Identifiers, ring: KeyRing) -> Subject:
    """Return the subject that identifiers name. Raises IdentifierError where they name none, or not the same."""
    digests = {
        name: _digest(written, name)
        for name in ("card_token", "pii_hash")
        if (written := getattr(identifiers, name)) is not None
    }
    if identifiers.credit_card is not None:
        return _of_card(identifiers.credit_card, ring, digests)
    match digests:
        case {"card_token": token, **rest} if not rest:
            return Subject("card_token", card_tokens=[token])
        case {"pii_hash": digest, **rest} if not rest:
            return Subject("pii_hash", pii_hashes=[digest])
    raise IdentifierError("give one identifier: credit_card, card_token or pii_hash")


def _of_card(written: str, ring: KeyRing, beside: dict[str, str]) -> Subject:
    digits = pasted_digits(written)
    if digits is None or not is_card_or_unionpay(digits):
        raise IdentifierError("not a card number", "credit_card")
    tokens = card_tokens(ring, digits)
    if "pii_hash" in beside:
        raise IdentifierError("cannot be compared with a card number: give one of them", "pii_hash")
    if "card_token" in beside and beside["card_token"] not in tokens.values():
        raise IdentifierError("is not a token of the card given beside it", "card_token")
    return Subject("credit_card", card_tokens=list(tokens.values()), key_versions=list(tokens))


def _digest(written: str, field: str) -> str:
    if not _DIGEST.fullmatch(written):
        raise IdentifierError("not 64 hexadecimal digits", field)
    return written.lower()
