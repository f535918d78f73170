"""Trailing aggregates over what was seen of a key: exact, per event, in event time.

The window of an event at t is (t - w, t], itself included; of two at one instant, the one at the lower position is
earlier. Times are microseconds since 1970 UTC; keys and the values that are counted are 64-bit hashes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import IntFlag
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud_stream.state.order import by_key_and_time, next_alike
from fraud_stream.state.run import Bools, Int64s, UInt64s
from fraud_stream.state.window import window_start

USD = pa.decimal128(38, 9)
_LOW_BITS = 32
_TWO_TO_LOW_BITS = pa.scalar(2**_LOW_BITS, pa.decimal128(10, 0))
_CENT = pa.scalar(Decimal("0.01"), pa.decimal128(2, 2))


class Mark(IntFlag):
    """What is true of a payment that was seen."""

    TEST_LIKE = 1
    DECLINED = 2
    SMALL = 4


@dataclass(frozen=True)
class Seen:
    """Payments seen of some keys, by column, in order of arrival; `cents` are US cents, `marks` are `Mark` bits.

    `value` and `other` are what a key is counted by: of a device its cards and its accounts, say.
    """

    key: UInt64s
    at: Int64s
    value: UInt64s
    other: UInt64s
    cents: Int64s
    marks: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.key)

    def __getitem__(self, index: Bools | Int64s) -> "Seen":
        return Seen(*(getattr(self, field.name)[index] for field in fields(self)))

    def followed_by(self, later: "Seen") -> "Seen":
        """Return what was seen and then what arrived after it."""
        columns = ((getattr(self, field.name), getattr(later, field.name)) for field in fields(self))
        return Seen(*map(np.concatenate, columns))


class Trailing:
    """The trailing window of each arrival over what was seen of its key, earlier ones (`before`) included."""

    def __init__(self, before: Seen, arrivals: Seen, width: int) -> None:
        seen = before.followed_by(arrivals)
        order, self._group = by_key_and_time(seen.key, seen.at)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        self._seen = seen[order]
        self._mine: Int64s = rank[len(before) :]
        self._start = window_start(self._group, self._seen.at, width)

    @cached_property
    def _left_behind(self) -> Int64s:
        """For each place the first one whose window does not reach back to it."""
        return np.searchsorted(self._start, np.arange(len(self._start)), side="right")

    def payments(self) -> Int64s:
        """Count payments."""
        counted: Int64s = self._mine - self._start[self._mine] + 1
        return counted

    def earlier(self, mark: Mark) -> Int64s:
        """Count payments that carry a mark, without the one at hand."""
        before = _running(self._is_marked(mark).astype(np.int64))
        counted: Int64s = before[self._mine] - before[self._start[self._mine]]
        return counted

    def distinct(self, values: UInt64s, mark: Mark | None = None) -> Int64s:
        """Count distinct values, among payments that carry a mark where one is given.

        A payment counts as the last of its value from its own place on, up to the next of the same value or to where
        the window has left it behind: an interval each, so that their ends add up to the counts.
        """
        index = np.arange(len(self._seen)) if mark is None else np.flatnonzero(self._is_marked(mark))
        size = len(self._seen) + 1
        follower = next_alike(self._group[index], values[index])
        end = np.minimum(np.where(follower < 0, size, np.append(index, size)[follower]), self._left_behind[index])
        steps = np.bincount(index, minlength=size) - np.bincount(end, minlength=size)
        counted: Int64s = np.cumsum(steps)[self._mine]
        return counted

    def values(self, mark: Mark | None = None) -> Int64s:
        """Count distinct values."""
        return self.distinct(self._seen.value, mark)

    def others(self) -> Int64s:
        """Count distinct other values."""
        return self.distinct(self._seen.other)

    def usd(self) -> pa.Array:
        """Add up amounts (US dollars, exact: high and low halves are added apart, so that nothing wraps)."""
        high, low = self._seen.cents >> _LOW_BITS, self._seen.cents & (2**_LOW_BITS - 1)
        high, low = (self._sum(half) for half in (high, low))
        cents = pc.add(pc.multiply(_decimals(high), _TWO_TO_LOW_BITS), _decimals(low))
        return pc.multiply(cents.cast(pa.decimal128(30, 0)), _CENT).cast(USD)

    def _sum(self, numbers: Int64s) -> Int64s:
        before = _running(numbers)
        added: Int64s = before[self._mine + 1] - before[self._start[self._mine]]
        return added

    def _is_marked(self, mark: Mark) -> Bools:
        is_marked: Bools = (self._seen.marks & mark) != 0
        return is_marked


Aggregate = Callable[[Trailing], Int64s | pa.Array]
"""One value for each arrival."""


def _running(numbers: Int64s) -> Int64s:
    """Return the sums of what stands before each place, and of all."""
    return np.concatenate([[0], np.cumsum(numbers)])


def _decimals(numbers: Int64s) -> pa.Array:
    return pa.array(numbers).cast(pa.decimal128(19, 0))
