import json
from collections.abc import Sequence

import pytest

from infra.local.stack.draining import LIMIT_S, STANDSTILL_S, alert_id, drain


class Passing:
    """A clock that goes on while one waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def drained(counts: Sequence[int]) -> tuple[int, float]:
    """Return what is left after a drain in which each look finds the next count, the last one for ever."""
    clock, looks = Passing(), iter(counts)
    left = drain(lambda: next(looks, counts[-1]), clock, clock.wait)
    return left, clock.now


def test_nothing_under_way_is_not_waited_for() -> None:
    assert drained([0]) == (0, 0)


def test_alerts_are_waited_for_until_each_has_its_record() -> None:
    assert drained([3, 3, 2, 1, 0]) == (0, 1.0)


def test_those_that_never_get_one_are_waited_for_a_moment() -> None:
    assert drained([7, 6]) == (6, 0.25 + STANDSTILL_S)


def test_no_wait_has_no_end() -> None:
    left, seconds = drained([*range(1_000, 1, -1)])
    assert seconds == pytest.approx(LIMIT_S)
    assert left > 0


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (json.dumps({"transaction_id": "TXN_1"}), "TXN_1"),
        (json.dumps({"transaction_id": "a/b"}), None),
        (json.dumps({"transaction_id": "__a__"}), None),
        (json.dumps({"transaction_id": ""}), None),
        (json.dumps({"hello": "world"}), None),
        ("[]", None),
        ("hello", None),
    ],
)
def test_an_alert_is_known_by_its_transaction(document: str, found: str | None) -> None:
    assert alert_id(document.encode()) == found
