"""Which payments an erasure covers, by their position, or by their time where they carry none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.erasure.mark import Mark, Origin, joined_marks
from tests.builders import NOON

MARK = Mark({"0": 10, "1": 0}, NOON)
BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(microseconds=1)
OFFSETS = st.dictionaries(st.sampled_from("0123"), st.integers(0, 5))
MARKS = st.builds(Mark, OFFSETS, st.sampled_from([BEFORE, NOON, AFTER]))
ORIGINS = st.builds(
    Origin,
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 5),
    st.none() | st.sampled_from([BEFORE, NOON, AFTER]),
)


@pytest.mark.parametrize(
    ("payment", "is_covered"),
    [
        (Origin(0, 9, AFTER), True),
        (Origin(0, 10, BEFORE), False),
        (Origin(1, 0, BEFORE), False),
        (Origin(2, 0, BEFORE), False),
        (Origin(None, None, NOON), True),
        (Origin(None, None, AFTER), False),
        (Origin(0, None, BEFORE), True),
        (Origin(), True),
    ],
)
def test_a_position_decides_and_a_time_where_there_is_none(payment: Origin, *, is_covered: bool) -> None:
    assert MARK.covers(payment) is is_covered


@given(MARKS, MARKS, ORIGINS)
def test_joined_marks_cover_what_one_of_them_covers(one: Mark, other: Mark, payment: Origin) -> None:
    assert one.joined(other).covers(payment) is (one.covers(payment) or other.covers(payment))


def test_marks_are_joined_by_partition_to_the_further_end() -> None:
    joined = Mark({"0": 10, "1": 3, "2": 7}, NOON).joined(Mark({"0": 4, "1": 5, "3": 1}, BEFORE))
    assert joined == Mark({"0": 10, "1": 5, "2": 7, "3": 1}, NOON)


def test_marks_of_several_cards_are_joined_where_a_card_has_two() -> None:
    one = {"a": Mark({"0": 1}, NOON), "b": Mark({"0": 2}, NOON)}
    other = {"b": Mark({"0": 1, "1": 9}, AFTER), "c": Mark({"0": 3}, BEFORE)}
    assert joined_marks(one, other) == {
        "a": Mark({"0": 1}, NOON),
        "b": Mark({"0": 2, "1": 9}, AFTER),
        "c": Mark({"0": 3}, BEFORE),
    }
