from threading import Barrier, Event

import pytest

from fraud_service.stores.side_by_side import side_by_side

LIMIT_S = 10


def test_calls_go_on_at_once_and_answer_in_their_order() -> None:
    meeting = Barrier(3)

    def meet(number: int) -> int:
        meeting.wait(LIMIT_S)
        return number

    assert side_by_side(lambda: meet(1), lambda: meet(2), lambda: meet(3)) == (1, 2, 3)


def test_a_failure_is_raised_when_the_others_have_ended() -> None:
    failing, ended = Event(), Event()

    def fail() -> None:
        failing.set()
        raise ValueError("refused")

    def go_on() -> None:
        failing.wait(LIMIT_S)
        ended.set()

    with pytest.raises(ValueError, match="refused"):
        side_by_side(fail, go_on)
    assert ended.is_set()


def test_nothing_to_call_is_nothing_to_wait_for() -> None:
    assert side_by_side() == ()
