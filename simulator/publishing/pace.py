"""When messages go out: each when it is due, or as fast as Kafka takes them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import numpy as np

from simulator.messages.block import Block
from simulator.moments import SECOND

_AT_ONCE = 1024  # messages between two looks at whether to stop
_SHORTEST_WAIT = 0.005


class Stop(Protocol):
    """Whether to stop, as threading.Event tells it."""

    def is_set(self) -> bool:
        """Tell whether to stop."""

    def wait(self, timeout: float) -> bool:
        """Wait for the timeout or the stop, and tell which."""


def at_once(blocks: Iterable[Block], stop: Stop) -> Iterator[Block]:
    """Yield all messages in small blocks until told to stop."""
    for block in blocks:
        for first in range(0, len(block), _AT_ONCE):
            if stop.is_set():
                return
            yield block[first : first + _AT_ONCE]


def when_due(blocks: Iterable[Block], elapsed: Callable[[], float], stop: Stop) -> Iterator[Block]:
    """Yield the messages whose time has come by `elapsed` seconds, waiting for the others, until told to stop."""
    for block in blocks:
        sent = 0
        while sent < len(block):
            due = int(np.searchsorted(block.due, elapsed() * SECOND, side="right"))
            if due > sent:
                yield block[sent:due]
                sent = due
            if stop.wait(_until(block, sent, elapsed())):
                return


def _until(block: Block, row: int, elapsed: float) -> float:
    return max(float(block.due[row]) / SECOND - elapsed, _SHORTEST_WAIT) if row < len(block) else 0.0
