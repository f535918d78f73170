"""Progress on standard error: a bar on a terminal, a line every few seconds elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int], None]

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress(console: Console, total: int | None, elapsed: Callable[[], float]) -> Iterator[Advance]:
    """Yield a function to call with the number of messages just sent; `total` is None where it is not known."""
    if not console.is_terminal:
        yield _Lines(console, total, elapsed).advance
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("payments", total=total)
        yield lambda count: bar.advance(task, count)


class _Lines:
    def __init__(self, console: Console, total: int | None, elapsed: Callable[[], float]) -> None:
        self._console = console
        self._of_total = f" of {total:,}" if total is not None else ""
        self._elapsed = elapsed
        self._sent = 0
        self._next = elapsed() + _SECONDS_BETWEEN_LINES

    def advance(self, count: int) -> None:
        self._sent += count
        if self._elapsed() >= self._next:
            self._next += _SECONDS_BETWEEN_LINES
            self._console.print(f"{self._sent:,}{self._of_total} messages sent", highlight=False)
