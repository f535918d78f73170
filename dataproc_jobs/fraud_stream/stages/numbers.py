"""Exact arithmetic on a column: whole numbers at a number of decimals, in 64 bits where they fit, else in Python's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud.rules.evaluation import EXACT, FRACTION_DIGITS

Mask = npt.NDArray[np.bool_]
_BEYOND = 2**63


@dataclass(frozen=True)
class Numbers:
    """`units` are whole numbers of 10^-`digits`: an array (int64, or Python's own in an object array), or one for all.

    `most` is no less than the largest of them by amount; `known` tells where there is one, None where there is
    everywhere.
    """

    units: Any
    digits: int
    most: int
    known: Mask | None = None

    def at(self, digits: int) -> "Numbers":
        """Return the same numbers at more decimals."""
        factor: int = 10 ** (digits - self.digits)
        most = self.most * factor
        return self if factor == 1 else Numbers(self.fit(max(most, factor)).units * factor, digits, most, self.known)

    def fit(self, most: int) -> "Numbers":
        """Return the numbers in a type that holds up to `most`."""
        if most < _BEYOND or not isinstance(self.units, np.ndarray):
            return self
        return replace(self, units=self.units.astype(object))

    def negative(self) -> "Numbers":
        """Return the numbers with their sign turned."""
        return replace(self, units=-self.units)

    def product(self, other: "Numbers") -> "Numbers":
        """Return the products."""
        most = self.most * other.most
        room = max(most, self.most, other.most)  # of no rows the most is 0, whatever they are multiplied by
        units = self.fit(room).units * other.fit(room).units
        return Numbers(units, self.digits + other.digits, most, both_known(self, other))

    def joined(self, other: "Numbers", sign: Callable[[Any, Any], Any]) -> "Numbers":
        """Return sums or differences."""
        left, right = aligned(self, other)
        most = left.most + right.most
        units = sign(left.fit(most).units, right.fit(most).units)
        return Numbers(units, left.digits, most, both_known(self, other))


def aligned(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """Return numbers at the same decimals, in types that can be compared."""
    digits = max(left.digits, right.digits)
    left, right = left.at(digits), right.at(digits)
    most = max(left.most, right.most)
    return left.fit(most), right.fit(most)


def both_known(left: Numbers, right: Numbers) -> Mask | None:
    """Tell where both are known."""
    if left.known is None or right.known is None:
        return right.known if left.known is None else left.known
    return left.known & right.known


def constant(value: Decimal) -> Numbers:
    """Return one number for every row."""
    _, _, exponent = value.as_tuple()
    digits = max(0, -int(exponent))
    units = int(EXACT.scaleb(value, digits))
    return Numbers(units, digits, abs(units))


def of_column(column: pa.Array) -> Numbers:
    """Return a column of whole numbers, decimals or fractions; null is not known."""
    known = None if column.null_count == 0 else column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(column.type):
        return _fractions(column, known)
    if pa.types.is_decimal(column.type):
        return _measured(_unscaled(column), column.type.scale, known)
    return _measured(pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), 0, known)


def _measured(units: npt.NDArray[Any], digits: int, known: Mask | None) -> Numbers:
    most = max(int(units.max()), -int(units.min())) if len(units) else 0
    return Numbers(units, digits, most, known)


def _fractions(column: pa.Array, known: Mask | None) -> Numbers:
    """Return fractions to the millionth, as `fraud.rules.evaluation.fraction` does."""
    with np.errstate(over="ignore"):  # what overflows is none
        millionths = pc.fill_null(column, 0.0).to_numpy() * 10**FRACTION_DIGITS
    is_number = np.abs(millionths) < _BEYOND
    if not is_number.all():
        millionths, known = np.where(is_number, millionths, 0.0), is_number if known is None else known & is_number
    return _measured(np.rint(millionths).astype(np.int64), FRACTION_DIGITS, known)


def _unscaled(column: pa.Array) -> npt.NDArray[Any]:
    """Return decimals as whole numbers of their last decimal; where there is none, zero."""
    column = pc.fill_null(column.cast(pa.decimal128(38, column.type.scale)), pa.scalar(0, column.type))
    halves = np.frombuffer(column.buffers()[1] or b"", np.int64)[2 * column.offset : 2 * (column.offset + len(column))]
    low, high = halves[::2], halves[1::2]
    if (high == low >> 63).all():
        return low
    return np.array([int(value.scaleb(column.type.scale)) for value in column.to_pylist()], object)
