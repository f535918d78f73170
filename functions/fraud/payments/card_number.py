"""Card numbers (PANs): digits, length and the Luhn check digit of ISO/IEC 7812-1."""

import re
from collections.abc import Callable

# One optional separator between digits: what people and gateways write, and nothing that hides letters.
_WRITTEN = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")
_UNIONPAY = re.compile(r"62[0-9]{14,17}")
"""ISO/IEC 7812 gives 62 to China UnionPay; its numbers have 16 to 19 digits."""

CardRule = Callable[[str], bool]

_ONCE = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) for digit in range(10)))


def card_digits(written: str) -> str | None:
    """Return the 12 to 19 digits of a card number as written, or None where it is not one by form."""
    return without_separators(written) if _WRITTEN.fullmatch(written) else None


def without_separators(text: str) -> str:
    """Return a text without the characters that may stand between the digits of a card number."""
    return text.replace("-", "").replace(" ", "")


def luhn_check_digit(digits: str) -> str:
    """Return the digit that makes `digits` followed by it pass the Luhn check."""
    return str(-_luhn_sum(digits + "0") % 10)


def is_luhn_valid(digits: str) -> bool:
    """Tell whether a string of ASCII digits passes the Luhn check."""
    return _luhn_sum(digits) % 10 == 0


def is_card(digits: str) -> bool:
    """Tell whether 12 to 19 digits are a card's: they pass the Luhn check, and are not all zero, which is no card."""
    return is_luhn_valid(digits) and digits.strip("0") != ""


def is_card_or_unionpay(digits: str) -> bool:
    """Tell the same where UnionPay's numbers are taken without a check digit (docs/decisions/0029)."""
    return is_card(digits) or _UNIONPAY.fullmatch(digits) is not None


def card_rule(*, unionpay_without_check_digit: bool) -> CardRule:
    """Return what tells a stack which digits are a card's."""
    return is_card_or_unionpay if unionpay_without_check_digit else is_card


def _luhn_sum(digits: str) -> int:
    octets = digits.encode("ascii")
    return sum(octets[-1::-2].translate(_ONCE)) + sum(octets[-2::-2].translate(_DOUBLED))
