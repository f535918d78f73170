"""Card numbers from the ranges that the schemes and gateways publish for tests, never a real cardholder's."""

from typing import NamedTuple

import numpy as np

from simulator.columns import Bytes, Numbers, Text, digits, from_matrix, matrix, unpadded


class CardRange(NamedTuple):
    """A published test range: the first digits, the length of its numbers and of its CVV."""

    prefix: int
    length: int
    cvv_digits: int
    share: int


RANGES = (
    CardRange(4111, 16, 3, 16),  # Visa
    CardRange(4242, 16, 3, 14),  # Visa
    CardRange(5555, 16, 3, 12),  # Mastercard
    CardRange(2223, 16, 3, 7),  # Mastercard, 2-series
    CardRange(3782, 15, 4, 5),  # American Express
    CardRange(6011, 16, 3, 4),  # Discover
    CardRange(3056, 14, 3, 2),  # Diners Club
    CardRange(3530, 16, 3, 2),  # JCB
    CardRange(6205, 19, 3, 2),  # UnionPay
)
"""`share` is in sixty-fourths of all cards."""

HOLDERS = 10**9
"""Holder numbers lie below it: the shortest range has nine digits between its prefix and its check digit."""

PLAIN, DASHES, SPACES = 0, ord("-"), ord(" ")
"""How a card number is written: what stands between its groups of digits."""

_WIDTH = 20
_SCATTER = 7_368_787_001  # odd, no multiple of 5: multiplying by it permutes the numbers below any power of ten
_RANGE_OF = np.repeat(np.arange(len(RANGES)), [card_range.share for card_range in RANGES])
_LENGTHS = np.array([card_range.length for card_range in RANGES])
_CVV_DIGITS = np.array([card_range.cvv_digits for card_range in RANGES])
_BASES = np.array([card_range.prefix * 10 ** (card_range.length - 4) for card_range in RANGES], dtype=np.int64)
_BODIES = 10 ** (_LENGTHS.astype(np.int64) - 5)
_GROUPS = {14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 19: (4, 4, 4, 4, 3)}


def range_of(draws: Numbers) -> Numbers:
    """Return the range of each card from a draw of six bits."""
    return _RANGE_OF[draws].astype(np.int64)


def card_numbers(holders: Numbers, ranges: Numbers) -> Numbers:
    """Return a Luhn-valid number for each holder number; no two holders of a range share one."""
    scattered = (holders.astype(np.uint64) * np.uint64(_SCATTER)) % _BODIES[ranges].astype(np.uint64)
    unchecked = _BASES[ranges] + scattered.astype(np.int64) * 10
    return unchecked + (-_luhn_sum(unchecked)) % 10


def guessed_numbers(guesses: Numbers, ranges: Numbers, bins: Numbers) -> Numbers:
    """Return Luhn-valid numbers that share their first eight digits: `bins` are the last four of these.

    `guesses` lie below 100,000: a thief who tries an issuer's numbers holds none of the cards.
    """
    places = _BODIES[ranges] // 10_000 * 10
    unchecked = _BASES[ranges] + bins * places + guesses * 10
    return unchecked + (-_luhn_sum(unchecked)) % 10


def written(numbers: Numbers, ranges: Numbers, separators: Numbers) -> Text:
    """Write card numbers, in groups where the separator is not PLAIN."""
    characters = np.zeros((len(numbers), _WIDTH, 2), dtype=np.uint8)
    characters[:, :, 0] = matrix(unpadded(digits(numbers, _WIDTH)))
    characters[:, :, 1] = _GROUP_ENDS[ranges] * separators[:, None].astype(np.uint8)
    return from_matrix(characters.reshape(len(numbers), -1))


def cvvs(draws: Numbers, ranges: Numbers) -> Text:
    """Write a CVV of the range's length from a draw of 14 bits or more."""
    characters = matrix(digits(draws % 10_000, 4)).copy()
    characters[_CVV_DIGITS[ranges] < characters.shape[1], 0] = 0
    return from_matrix(characters)


def expiries(draws: Numbers, year: int) -> Text:
    """Write expiry dates `MM/YY` one to five years after `year` from a draw."""
    table = [b"%02d/%02d" % (month, (year + ahead) % 100) for ahead in range(1, 6) for month in range(1, 13)]
    return np.array(table, dtype="S5")[draws % len(table)]


def _luhn_sum(numbers: Numbers) -> Numbers:
    total = np.zeros_like(numbers)
    rest = numbers
    for _ in range(_WIDTH // 4):
        rest, chunk = np.divmod(rest, 10_000)
        total += _LUHN_SUMS[chunk]
    return total


def _luhn_sum_of_four(chunk: int) -> int:
    thousands, hundreds, tens, units = (chunk // place % 10 for place in (1000, 100, 10, 1))
    return sum(divmod(2 * thousands, 10)) + hundreds + sum(divmod(2 * tens, 10)) + units


def _group_ends() -> Bytes:
    ends = np.zeros((len(RANGES), _WIDTH), dtype=np.uint8)
    for row, card_range in enumerate(RANGES):
        position = _WIDTH - card_range.length - 1
        for group in _GROUPS[card_range.length][:-1]:
            position += group
            ends[row, position] = 1
    return ends


_LUHN_SUMS = np.array([_luhn_sum_of_four(chunk) for chunk in range(10_000)], dtype=np.int64)
_GROUP_ENDS = _group_ends()
