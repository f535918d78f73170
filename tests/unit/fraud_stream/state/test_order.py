import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.state.order import by_key_and_time, distinct, next_alike

NOW = 1_772_366_400_000_000
KEYS = st.sampled_from([0, 1, 2**63, 2**64 - 1])
MOMENTS = st.sampled_from([NOW, NOW + 1, NOW + 3_600_000_000])
ROWS = st.lists(st.tuples(KEYS, MOMENTS), max_size=30)


@given(ROWS)
def test_rows_come_by_key_and_time_and_as_they_arrived(rows: list[tuple[int, int]]) -> None:
    key, at = np.array([key for key, _ in rows], np.uint64), np.array([at for _, at in rows], np.int64)
    lines = by_key_and_time(key, at)
    assert lines.order.tolist() == np.lexsort((at, key)).tolist()
    assert lines.group.tolist() == [sorted({*key.tolist()}).index(one) for one in sorted(key.tolist())]


def test_moments_that_lie_far_apart_are_sorted_too() -> None:
    key, at = np.array([2, 1, 2, 1], np.uint64), np.array([2**62, 5, -(2**62) + 1, 4])
    lines = by_key_and_time(key, at)
    assert (lines.order.tolist(), lines.group.tolist()) == ([3, 1, 2, 0], [0, 0, 1, 1])


@given(ROWS)
def test_the_next_of_the_same_group_and_value(rows: list[tuple[int, int]]) -> None:
    rows.sort()
    group = np.array([sorted({key for key, _ in rows}).index(key) for key, _ in rows], np.int64)
    found = next_alike(group, np.array([value for _, value in rows], np.uint64))
    expected = [
        next((later for later in range(place + 1, len(rows)) if rows[later] == row), -1)
        for place, row in enumerate(rows)
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize("keys", [[], [2**64 - 1, 0, 7, 0, 2**64 - 1]])
def test_keys_are_sorted_each_once(keys: list[int]) -> None:
    assert distinct(np.array(keys, np.uint64)).tolist() == sorted(set(keys))
