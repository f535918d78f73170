"""What passes as card data in a stretch of bytes: numbers by length, issuer and check digit, and CVVs by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from fraud.payments.card_number import is_luhn_valid
from fraud.payments.disguise import pasted_digits
from fraud.payments.issuer import is_issued

# Not part of a longer number, word, decimal fraction or hexadecimal digest.
_WRITTEN = re.compile(rb"(?<![0-9A-Za-z.])(?<![0-9][ -])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z]|\.[0-9])")
_BETWEEN = (
    rb"[._/\t|,:;+*]|\xc2[\xa0\xad]|\xe2\x80[\x80-\xbf]|\xe2\x81[\xa0-\xa4]|\xe3\x80\x80|\xef\xbb\xbf"  # in UTF-8
)
_GROUPED = re.compile(
    rb"(?<![0-9A-Za-z.])[0-9]{4}(" + _BETWEEN + rb")[0-9]{4,6}\1[0-9]{4,5}(?:\1[0-9]{1,7})?(?![0-9A-Za-z])"
)
_FOREIGN = re.compile(rb"(?:(?:\xef\xbc[\x90-\x99]|\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0\xa5[\xa6-\xaf])[ -]?){13,19}")
"""Full-width, Arabic-Indic, Persian and Devanagari digits in UTF-8."""

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
    for match in chain.from_iterable(pattern.finditer(content) for pattern in (_WRITTEN, _GROUPED, _FOREIGN)):
        digits = pasted_digits(match[0].decode()) or ""
        if is_card_number(digits):
            yield Finding(match.start(), "card number", f"…{digits[-4:]}")
    for match in _CVV.finditer(content):
        yield Finding(match.start(), "CVV", "…")


def is_card_number(digits: str) -> bool:
    """Tell whether digits pass as a card number: an issuer's beginning and length, and the check digit."""
    return is_issued(digits) and is_luhn_valid(digits) and not _SAME.fullmatch(digits)
