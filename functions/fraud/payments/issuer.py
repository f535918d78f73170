"""Which numbers issuers give to cards: how they begin, and how long they are.

After github.com/braintree/credit-card-type (src/lib/card-types.ts), whose "6" of Maestro holds Discover, Elo,
Hipercard and most of UnionPay as well; beside it Visa's old 13 digits and RuPay's 82. Issuers' own registers are not
public, and a number of a range that nobody uses yet may be a card tomorrow: hence ranges.
"""

import re

_ISSUERS = (
    ("Visa", r"4", {13, 16, 18, 19}),
    ("Mastercard", r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", {16}),
    ("American Express", r"3[47]", {15}),
    ("Diners Club", r"30[0-5]|3[689]", {14, 16, 17, 18, 19}),
    ("JCB", r"35(?:2[89]|[3-8])|2131|1800", {16, 17, 18, 19}),
    ("Mir", r"220[0-4]", {16, 17, 18, 19}),
    ("UnionPay", r"81", {14, 15, 16, 17, 18, 19}),
    ("RuPay", r"82", {16}),
    ("Maestro and others", r"50|5[6-9]|6", {13, 14, 15, 16, 17, 18, 19}),
)
_BEGINNINGS = {
    length: re.compile("|".join(pattern for _, pattern, lengths in _ISSUERS if length in lengths))
    for length in range(13, 20)
}


def is_issued(digits: str) -> bool:
    """Tell whether 13 to 19 digits begin, for their number, as an issuer's cards do; other numbers of digits never."""
    beginning = _BEGINNINGS.get(len(digits))
    return beginning is not None and beginning.match(digits) is not None
