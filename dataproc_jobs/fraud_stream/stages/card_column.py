"""Card numbers of many rows at once: what `fraud.payments.card_number` says of one."""

from typing import Any

import numpy as np
import pyarrow as pa

from fraud_stream.stages.octets import Bytes, Counts, Mask, Octets, sums

Words = np.ndarray[Any, np.dtype[np.uint64]]

FEWEST_DIGITS, _MOST_DIGITS = 12, 19
_HYPHEN, _SPACE = b"- "
_ZERO = 48
_DOUBLED = np.array([sum(divmod(2 * digit, 10)) for digit in range(10)], np.uint8)


def read_cards(written: pa.Array) -> tuple[pa.Array, Mask]:
    """Return the digits of each card as written, and which rows are a card number by form and check digit."""
    text = Octets(written)
    is_digit = text.is_digit
    counts, digits = text.count(is_digit), text.data[is_digit]
    bounds = np.concatenate(([0], np.cumsum(counts)))
    is_card = (counts >= FEWEST_DIGITS) & (counts <= _MOST_DIGITS) & _is_luhn_valid(digits, bounds)
    is_card &= sums(digits != _ZERO, bounds) > 0
    if len(digits) < len(text.data):
        is_card &= _is_separated(text, is_digit)
    return text_column(digits, bounds), is_card


def first_digits(card_digits: pa.Array) -> Words:
    """Return the first eight digits of each card as one number; of fewer it is none that means anything."""
    octets = Octets(card_digits)
    words = _words(octets.data)
    found: Words = words[np.minimum(octets.bounds[:-1], len(words) - 1)]
    return found


def has_digits(text: Octets, beginnings: Words) -> Mask:
    """Tell of each row whether its digits, all other characters dropped, hold its beginning; or seem to, with the next.

    Where it is false it is surely not so.
    """
    counts = text.count(text.is_digit)
    words = _words(text.data[text.is_digit])
    is_here = words == np.repeat(beginnings, counts)
    return sums(is_here, np.concatenate(([0], np.cumsum(counts)))) > 0


def _words(digits: Bytes) -> Words:
    """Return for each digit the number that it and its seven followers are, zeros after the last."""
    padded = np.concatenate((digits, np.zeros(8, np.uint8)))
    return np.ndarray((max(len(digits), 1),), np.uint64, padded, strides=(1,))[:].copy()


def text_column(data: Bytes | bytes, bounds: Counts) -> pa.Array:
    """Return the string column with these bytes, cut at `bounds`."""
    offsets = pa.py_buffer(bounds.astype(np.int32))
    return pa.StringArray.from_buffers(len(bounds) - 1, offsets, pa.py_buffer(data))


def _is_luhn_valid(digits: Bytes, bounds: Counts) -> Mask:
    counts = np.diff(bounds)
    from_right = np.repeat(bounds[1:], counts) - np.arange(1, len(digits) + 1)
    values = digits - _ZERO
    counted = np.where(from_right & 1, _DOUBLED[values], values)
    is_valid: Mask = sums(counted, bounds) % 10 == 0
    return is_valid


def _is_separated(text: Octets, is_digit: Mask) -> Mask:
    """Tell of each row whether it begins and ends with a digit, and has one hyphen or space between two at most."""
    is_between = np.zeros_like(is_digit)
    is_between[1:-1] = is_digit[:-2] & is_digit[2:]
    is_separator = (text.data == _HYPHEN) | (text.data == _SPACE)
    last = len(is_digit) - 1
    begins, ends = is_digit[np.minimum(text.bounds[:-1], last)], is_digit[np.maximum(text.bounds[1:] - 1, 0)]
    is_separated: Mask = (text.count(~(is_digit | is_separator & is_between)) == 0) & begins & ends
    return is_separated
