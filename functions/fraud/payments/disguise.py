"""Card numbers in texts that must hold none, whatever they are dressed in.

A text is first brought to plain ASCII: NFKC, digits of every script as 0 to 9, letters as letters, anything else as a
space. Then two questions are asked: is this very number in it, all but its digits dropped; and is anybody's.
"""

import re
from collections.abc import Iterator
from unicodedata import digit, normalize

from fraud.payments.card_number import is_luhn_valid
from fraud.payments.issuer import is_issued

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_FEWEST, _MOST = 13, 19
_RUN = re.compile(rb"[0-9](?:[^0-9A-Za-z]*[0-9]){12,}")
_GROUP = re.compile(rb"[0-9]+")
# Hangul fillers: letters by their category, and blank
_BLANK_LETTERS = "\u115f\u1160"

CARD_RUN = r"[0-9](?:[^0-9A-Za-z]*[0-9]){12}"
"""What a text in ASCII has to match to be worth a look for anybody's number; for Python's `re` and RE2."""


def plain(text: str) -> bytes:
    """Return a text in ASCII, one that is read as digits by people in the digits that they read."""
    if text.isascii():
        return text.encode()
    return "".join(map(_plain_character, normalize("NFKC", text))).encode()


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    value = digit(character, None)
    if value is not None:
        return str(value)
    return "x" if character.isalpha() and character not in _BLANK_LETTERS else " "


def holds_digits(text: str, digits: str) -> bool:
    """Tell whether a text holds these digits in a row, every other character dropped."""
    return digits.encode() in plain(text).translate(None, _NO_DIGITS)


def holds_card_number(text: str) -> bool:
    """Tell whether a text holds a card number: 13 to 19 digits of an issuer with the right check digit.

    Anything but a letter may stand between two digits. Digits that stand together are not torn apart: a part of a
    longer number is none.
    """
    return any(map(_has_card, _RUN.findall(plain(text))))


def _has_card(run: bytes) -> bool:
    return any(is_issued(digits) and is_luhn_valid(digits) for digits in _numbers(_GROUP.findall(run)))


def _numbers(groups: list[bytes]) -> Iterator[str]:
    for first in range(len(groups)):
        digits = b""
        for group in groups[first:]:
            digits += group
            if len(digits) > _MOST:
                break
            if len(digits) >= _FEWEST:
                yield digits.decode()


def pasted_digits(written: str) -> str | None:
    """Return the 12 to 19 digits of a card number as somebody pasted it, or None where it has letters or others."""
    text = plain(written)
    digits = text.translate(None, _NO_DIGITS)
    is_card = _FEWEST - 1 <= len(digits) <= _MOST and not re.search(rb"[A-Za-z]", text)
    return digits.decode() if is_card else None
