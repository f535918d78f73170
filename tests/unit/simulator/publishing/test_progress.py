from io import StringIO

from rich.console import Console

from simulator.publishing.progress import progress
from tests.unit.simulator.publishing.test_pace import Time


def shown(*, terminal: bool, total: int | None) -> str:
    time, screen = Time(), StringIO()
    with progress(Console(file=screen, force_terminal=terminal, width=100), total, time.elapsed) as advance:
        for _ in range(11):
            time.wait(1.0)
            advance(100)
    return screen.getvalue()


def test_elsewhere_than_on_a_terminal_a_line_comes_every_five_seconds() -> None:
    assert shown(terminal=False, total=1_100) == "500 of 1,100 messages sent\n1,000 of 1,100 messages sent\n"


def test_the_total_may_be_unknown() -> None:
    assert shown(terminal=False, total=None).startswith("500 messages sent\n")


def test_on_a_terminal_there_is_a_bar() -> None:
    assert "1100/1100" in shown(terminal=True, total=1_100)
