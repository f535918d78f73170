from hypothesis import given
from hypothesis import strategies as st

from fraud_page.alerts.history import History
from fraud_page.alerts.position import START, Position
from tests.unit.fraud_page.entries import entry

LIMIT = 8


def history(length: int) -> History:
    made = History(LIMIT)
    made.append(entry(10 * moment) for moment in range(1, length + 1))
    return made


@given(st.integers(0, 3 * LIMIT), st.integers(0, 10 * 3 * LIMIT))
def test_what_is_covered_is_complete(length: int, at_ms: int) -> None:
    held, position = history(length), Position(at_ms, 0)
    missed = [Position(10 * moment, 0) for moment in range(1, length + 1) if 10 * moment > at_ms]
    if held.covers(position):
        assert [one.position for one in held.after(position)] == missed
    else:
        assert len(missed) >= LIMIT


def test_a_page_that_was_away_too_long_is_not_covered() -> None:
    held = history(LIMIT + 5)
    assert not held.covers(Position(40, 0))
    assert held.covers(Position(60, 0))
    assert not held.covers(START)


def test_a_history_read_anew_knows_what_redis_no_longer_has() -> None:
    held = history(3)
    held.replace([entry(100), entry(110)], is_cut=True)
    assert not held.covers(Position(30, 0))
    assert held.covers(Position(100, 0))
    held.replace([], is_cut=False)
    assert held.covers(START)
    assert held.end == START


def test_the_newest_come_oldest_first() -> None:
    assert [one.position.at_ms for one in history(5).newest(2)] == [40, 50]


def test_what_came_since_a_moment_includes_it() -> None:
    assert [one.position.at_ms for one in history(3).since(20)] == [20, 30]
