"""The dead-letter topic against the audit: how each kind of difference is told."""

import pytest

from reconciliation.dead_letters import Letter, check_dead_letters
from reconciliation.finding import Difference
from reconciliation.reach import Reach

REACHES = [Reach(0, 0, 150_000, 0, 150_000), Reach(1, 0, 10, 0, 20)]
BLOCKS = [
    {"kafka_partition": 0, "offset_block": 0, "rejected": 2},
    {"kafka_partition": 0, "offset_block": 1, "rejected": 1},
    {"kafka_partition": 1, "offset_block": 0, "rejected": 0},
]
EXACT = [Letter(3, 0, 7), Letter(2, 0, 5), Letter(3, 0, 100_001)]


def found(*letters: Letter, whole: bool = True) -> list[Difference]:
    return list(check_dead_letters(REACHES, BLOCKS, letters, whole=whole).differences)


def test_every_rejected_position_once_is_exact() -> None:
    assert found(*EXACT) == []


def test_a_letter_of_a_batch_that_is_not_finished_is_left_out() -> None:
    assert found(*EXACT, Letter(0, 1, 15), Letter(0, 1, 15)) == []


@pytest.mark.parametrize(
    ("letters", "named"),
    [
        pytest.param([*EXACT, Letter(3, 0, 100_001)], "0/100001", id="again at once"),
        pytest.param([*EXACT, Letter(3, 0, 7)], "0/7", id="again after others"),
    ],
)
def test_a_repetition_is_named_by_its_position(letters: list[Letter], named: str) -> None:
    assert Difference(named, "again in the dead-letter topic") in found(*letters)


def test_a_repetition_in_another_partition_of_the_topic_shows_in_the_count() -> None:
    assert found(*EXACT, Letter(0, 0, 7)) == [Difference("0/0 to 99999", "3 dead letters of 2 rejected positions")]


def test_a_letter_of_a_position_that_was_not_rejected_shows_in_the_count() -> None:
    assert found(*EXACT, Letter(0, 1, 3)) == [Difference("1/0 to 99999", "1 dead letters of 0 rejected positions")]


def test_a_missing_letter_is_missed_unless_kafka_has_deleted_some() -> None:
    assert found(*EXACT[1:]) == [Difference("0/0 to 99999", "1 dead letters of 2 rejected positions")]
    assert found(*EXACT[1:], whole=False) == []
