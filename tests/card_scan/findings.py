"""What passes as card data in a stretch of bytes: numbers by length, issuer and check digit, and CVVs by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fraud.payments.card_number import is_luhn_valid

# Not part of a longer number, word, decimal fraction or hexadecimal digest.
_WRITTEN = re.compile(rb"(?<![0-9A-Za-z.])(?<![0-9][ -])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z]|\.[0-9])")
_ISSUERS = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"6011|64[4-9]|65|62|60|81|82"), {16, 17, 18, 19}),
    (re.compile(r"30[0-5]|36|38|39"), {14, 16, 17, 18, 19}),
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),
    (re.compile(r"50|5[6-9]|6[0-9]"), {13, 14, 15, 16, 17, 18, 19}),
)
"""Visa, Mastercard, American Express, Discover with UnionPay and RuPay, Diners, JCB, Maestro: first digits, lengths."""

_CVV = re.compile(rb"(?i)\b(?:cvv2?|cvc2?|cid|security_code)[\"']?\s*[:=]\s*[\"']?([0-9]{3,4})(?![0-9A-Za-z])")
_SAME = re.compile(r"([0-9])\1+")


@dataclass(frozen=True, order=True)
class Finding:
    """One place that passes as card data; of a number it shows no more than the last four digits."""

    offset: int
    kind: str
    shown: str


def findings(content: bytes) -> Iterator[Finding]:
    """Yield what passes as card data."""
    for match in _WRITTEN.finditer(content):
        digits = match[0].translate(None, b" -").decode()
        if is_card_number(digits):
            yield Finding(match.start(), "card number", f"…{digits[-4:]}")
    for match in _CVV.finditer(content):
        yield Finding(match.start(), "CVV", "…")


def is_card_number(digits: str) -> bool:
    """Tell whether digits pass as a card number: an issuer's beginning and length, and the check digit."""
    has_issuer = any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS)
    return has_issuer and is_luhn_valid(digits) and not _SAME.fullmatch(digits)
