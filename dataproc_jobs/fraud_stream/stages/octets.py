"""A text column as the bytes of all its rows, so that numpy looks at every row at once."""

from typing import Any

import numpy as np
import pyarrow as pa

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Counts = np.ndarray[Any, np.dtype[np.int64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

_ZERO, _TEN, _ASCII = 48, 10, 128


class Octets:
    """The UTF-8 bytes of a string column; a null row has none."""

    def __init__(self, column: pa.Array) -> None:
        _, offsets, data = column.buffers()
        # an array without rows may have no buffers at all
        bounds = np.frombuffer(offsets, np.int32)[column.offset :][: len(column) + 1] if len(column) else [0]
        bounds = np.asarray(bounds, np.int64)
        self.data: Bytes = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
        self.bounds: Counts = bounds - bounds[0]

    @property
    def lengths(self) -> Counts:
        """Bytes of each row."""
        return np.diff(self.bounds)

    @property
    def is_digit(self) -> Mask:
        """Which bytes are ASCII digits."""
        return self.data - _ZERO < _TEN  # unsigned: what is below wraps around

    @property
    def is_ascii(self) -> bool:
        """Whether no row has another character."""
        return not len(self.data) or bool(self.data.max() < _ASCII)

    @property
    def is_foreign(self) -> Mask:
        """Which bytes are part of a character that is not ASCII."""
        return self.data >= _ASCII

    def count(self, mask: Mask) -> Counts:
        """Return how many bytes of each row are marked."""
        return sums(mask, self.bounds)


def sums(values: Mask | Bytes, bounds: Counts) -> Counts:
    """Return the sum of each stretch of values between neighbouring bounds; of an empty one it is zero."""
    running = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=running[1:])
    return np.diff(running[bounds])
