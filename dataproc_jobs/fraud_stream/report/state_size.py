"""How large the job's state is; looking costs money where it lies in a bucket, so it is seldom looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic

import structlog

LOOK_EVERY_S = 60.0

log = structlog.get_logger()


@dataclass
class StateSize:
    """The size in bytes that `measure` found last, at most a minute ago while it is asked for."""

    measure: Callable[[], int]
    clock: Callable[[], float] = monotonic
    _measured_at: float = -inf
    _found: int = 0

    def __call__(self) -> int:
        """Return the size; the one before, where the files cannot be listed."""
        now = self.clock()
        if now - self._measured_at >= LOOK_EVERY_S:
            self._measured_at = now
            try:
                self._found = self.measure()
            except OSError as error:
                log.warning("state_not_measured", error=type(error).__name__)
        return self._found
