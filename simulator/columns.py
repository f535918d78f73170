"""Columns of text as numpy arrays of fixed-width bytes: a block of events is written a column at a time.

A NUL byte stands for nothing, wherever it is: parts of different length lie side by side, and `lines` drops the NULs
of a whole block in one pass. That is what makes tens of thousands of JSON documents a second cost one core little.
"""

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.bytes_]
Numbers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FOUR_DIGITS: Text = np.array([b"%04d" % n for n in range(10_000)], dtype="S4")
_FOUR_HEX: Text = np.array([b"%04x" % n for n in range(0x10000)], dtype="S4")
_POWERS = 10 ** np.arange(19, dtype=np.int64)


def matrix(column: Text) -> Bytes:
    """Return the bytes of a column, one row for each of its rows."""
    return np.ascontiguousarray(column).view(np.uint8).reshape(len(column), -1)


def from_matrix(characters: Bytes) -> Text:
    """Return the column whose bytes are the rows of a matrix."""
    return np.ascontiguousarray(characters).view(f"S{characters.shape[1]}").reshape(-1)


def join(*parts: Text | bytes) -> Text:
    """Return a column of the parts side by side, constant text among them; at least one part is a column."""
    rows = next(len(part) for part in parts if not isinstance(part, bytes))
    blocks = [np.frombuffer(part, np.uint8) if isinstance(part, bytes) else matrix(part) for part in parts]
    ends = np.cumsum([block.shape[-1] for block in blocks])
    characters = np.empty((rows, ends[-1]), dtype=np.uint8)
    for block, end in zip(blocks, ends, strict=True):
        characters[:, end - block.shape[-1] : end] = block
    return from_matrix(characters)


def digits(numbers: Numbers, width: int) -> Text:
    """Write numbers of at most `width` decimal digits, with leading zeros."""
    return _chunks(numbers, width, _FOUR_DIGITS)


def hexadecimal(numbers: Numbers, width: int) -> Text:
    """Write numbers of at most `width` hexadecimal digits, with leading zeros."""
    return _chunks(numbers, width, _FOUR_HEX)


def unpadded(text: Text) -> Text:
    """Turn leading zeros into nothing, the last digit excepted."""
    characters = matrix(text).copy()
    leading = np.logical_and.accumulate(characters[:, :-1] == ord("0"), axis=1)
    characters[:, :-1][leading] = 0
    return from_matrix(characters)


def decimals(units: Numbers, fraction_digits: Numbers) -> Text:
    """Write whole minor units as an exact decimal number: 450 with 2 digits is `4.50`, 450 with none is `450`."""
    whole, fraction = np.divmod(units, _POWERS[fraction_digits])
    places = np.arange(3, 0, -1)
    written = matrix(digits(fraction, 4))[:, 1:] * (places <= fraction_digits[:, None])
    point = np.where(fraction_digits > 0, b".", b"")
    return join(unpadded(digits(whole, 12)), point, from_matrix(written.astype(np.uint8)))


def choose(present: Mask, column: Text) -> Text:
    """Keep the rows that are present and make nothing of the others."""
    return from_matrix(matrix(column) * present[:, None].astype(np.uint8))


def lines(*parts: Text | bytes) -> list[bytes]:
    """Return the text of each row, the parts run together; none may hold a line feed."""
    return join(*parts, b"\n").tobytes().translate(None, b"\0").split(b"\n")[:-1]


def _chunks(numbers: Numbers, width: int, table: Text) -> Text:
    chunks = []
    rest = numbers
    for _ in range(-(-width // 4)):
        rest, chunk = np.divmod(rest, len(table))
        chunks.append(matrix(table[chunk]))
    return from_matrix(np.concatenate(chunks[::-1], axis=1)[:, -width:])
