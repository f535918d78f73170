from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.columns import choose, decimals, digits, hexadecimal, join, lines, unpadded


def column(*values: bytes) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    return np.array(values)


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("units", "fraction_digits", "written"),
    [
        (450, 2, b"4.50"),
        (5, 2, b"0.05"),
        (100, 2, b"1.00"),
        (450, 0, b"450"),
        (1, 0, b"1"),
        (12345, 3, b"12.345"),
        (1, 3, b"0.001"),
        (100_000_000_000, 2, b"1000000000.00"),
    ],
)
def test_minor_units_are_written_exactly(units: int, fraction_digits: int, written: bytes) -> None:
    assert lines(decimals(numbers(units), numbers(fraction_digits))) == [written]


@given(st.lists(st.tuples(st.integers(1, 10**12 - 1), st.sampled_from([0, 2, 3])), min_size=1))
def test_amounts_read_back_as_the_same_decimal(rows: list[tuple[int, int]]) -> None:
    units, places = (numbers(*values) for values in zip(*rows, strict=True))
    written = lines(decimals(units, places))
    assert [Decimal(text.decode()) for text in written] == [Decimal(unit).scaleb(-place) for unit, place in rows]


@given(st.lists(st.integers(0, 10**19 // 2), min_size=1))
def test_digits_are_those_of_the_number(values: list[int]) -> None:
    assert lines(digits(numbers(*values), 20)) == [b"%020d" % value for value in values]
    assert lines(unpadded(digits(numbers(*values), 20))) == [b"%d" % value for value in values]


@given(st.lists(st.integers(0, 2**48 - 1), min_size=1))
def test_hexadecimal_digits_are_those_of_the_number(values: list[int]) -> None:
    assert lines(hexadecimal(numbers(*values), 12)) == [b"%012x" % value for value in values]


def test_parts_of_different_length_run_together() -> None:
    assert lines(b"<", join(column(b"a", b"long"), b"-", column(b"xyz", b"")), b">") == [b"<a-xyz>", b"<long->"]


def test_what_is_not_chosen_leaves_nothing() -> None:
    assert lines(choose(np.array([True, False]), column(b"here", b"gone")), b"!") == [b"here!", b"!"]
