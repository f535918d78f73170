from collections.abc import Callable

from structlog.testing import capture_logs

from fraud_stream.report.state_size import LOOK_EVERY_S, StateSize


def ticking(*moments: float) -> Callable[[], float]:
    return iter(moments).__next__


def test_a_size_is_looked_up_once_a_minute() -> None:
    sizes = iter([10, 20])
    size = StateSize(lambda: next(sizes), ticking(5, 6, 5 + LOOK_EVERY_S - 1, 5 + LOOK_EVERY_S))
    assert [size() for _ in range(4)] == [10, 10, 10, 20]


def test_files_that_cannot_be_listed_leave_the_size_as_it_was() -> None:
    answers: list[int | OSError] = [10, OSError("gone"), 30]

    def measure() -> int:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    size = StateSize(measure, ticking(0, 60, 119, 120))
    with capture_logs() as said:
        assert [size() for _ in range(4)] == [10, 10, 10, 30]
    assert [(line["event"], line["error"]) for line in said] == [("state_not_measured", "OSError")]
