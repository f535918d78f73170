import numpy as np

from simulator.messages.block import Block
from simulator.messages.truth import CODE_OF, Label, Truth
from simulator.moments import SECOND
from simulator.publishing.pace import at_once, when_due


class Time:
    """A clock that moves when somebody waits, and a stop that comes at a time."""

    def __init__(self, stop_at: float = float("inf")) -> None:
        self.seconds = 0.0
        self.stop_at = stop_at

    def elapsed(self) -> float:
        return self.seconds

    def is_set(self) -> bool:
        return self.seconds >= self.stop_at

    def wait(self, timeout: float) -> bool:
        self.seconds += timeout
        return self.is_set()


def block(*due: float) -> Block:
    texts: list[bytes | None] = [b"%d" % number for number in range(len(due))]
    offsets = np.array([round(seconds * SECOND) for seconds in due])
    return Block(offsets, texts, texts, np.full(len(due), CODE_OF[Truth(Label.NORMAL)], dtype=np.uint8))


def test_each_message_goes_out_when_it_is_due_and_not_before() -> None:
    time = Time()
    for part in when_due([block(0.0, 1.0, 1.0, 2.5), block(2.5, 7.0)], time.elapsed, time):
        due = part.due / SECOND
        assert due.max() <= time.seconds < due.min() + 0.01


def test_nothing_is_left_out_or_out_of_order() -> None:
    time = Time()
    blocks = [block(*np.linspace(0, 3, 50).tolist()), block(*np.linspace(3, 6, 50).tolist())]
    sent = [due for part in when_due(blocks, time.elapsed, time) for due in part.due.tolist()]
    assert sent == [due for whole in blocks for due in whole.due.tolist()]


def test_a_late_start_catches_up_at_once() -> None:
    time = Time()
    time.seconds = 10.0
    [part] = when_due([block(0.0, 1.0, 2.0)], time.elapsed, time)
    assert len(part) == 3


def test_a_stop_ends_the_waiting() -> None:
    time = Time(stop_at=1.5)
    assert sum(len(part) for part in when_due([block(0.0, 1.0, 2.0), block(3.0)], time.elapsed, time)) == 2


def test_at_once_needs_no_time() -> None:
    time = Time()
    parts = list(at_once([block(*range(3_000)), block(5_000)], time))
    assert sum(len(part) for part in parts) == 3_001
    assert max(len(part) for part in parts) < 3_000
    assert time.seconds == 0


def test_a_stop_ends_what_goes_out_at_once() -> None:
    assert list(at_once([block(0.0)], Time(stop_at=0.0))) == []
