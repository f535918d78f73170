"""Where a sweep ends, and when the job has come that far."""

import pytest

from fraud.erasure.bound import Offsets, furthest, settled_below, unsettled


@pytest.mark.parametrize(
    ("settled", "bound"),
    [
        ({}, {"0": 0, "1": 0}),
        ({"0": 3}, {"0": 3, "1": 0}),
        ({"0": 12, "1": 4, "7": 9}, {"0": 10, "1": 4}),
    ],
)
def test_the_first_sweep_ends_where_the_job_had_settled(settled: Offsets, bound: Offsets) -> None:
    assert settled_below({"0": 10, "1": 5}, settled) == bound


@pytest.mark.parametrize(
    ("starts", "settled", "waiting"),
    [
        ({"0": 0, "1": 0}, {}, ["0", "1"]),
        ({"0": 0, "1": 0}, {"0": 10, "1": 4}, ["1"]),
        ({"0": 0, "1": 0}, {"0": 10, "1": 5}, []),
        ({"0": 0, "1": 0}, {"0": 11, "1": 50}, []),
        ({"0": 10, "1": 5}, {}, []),
        ({"0": 9, "1": 5}, {}, ["0"]),
        ({}, {"0": 10}, ["1"]),
    ],
)
def test_a_partition_is_waited_for_until_its_end_is_settled_or_deleted(
    starts: Offsets, settled: Offsets, waiting: list[str]
) -> None:
    assert unsettled({"0": 10, "1": 5}, starts, settled) == waiting


def test_an_empty_partition_is_settled() -> None:
    assert unsettled({"0": 0}, {"0": 0}, {}) == []


def test_the_furthest_that_anybody_knows_counts() -> None:
    assert furthest({"0": 5, "1": 7}, {"0": 6, "2": 1}) == {"0": 6, "1": 7, "2": 1}
    assert furthest({}, {}) == {}
