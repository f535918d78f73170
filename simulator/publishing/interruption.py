"""Ctrl-C and SIGTERM end a run in order: what was queued is still delivered and summed up."""

import signal
from threading import Event
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption(Event):
    """An event that the first Ctrl-C or SIGTERM sets while the context is entered; a second Ctrl-C ends at once."""

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._interrupt) for number in _SIGNALS}
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
