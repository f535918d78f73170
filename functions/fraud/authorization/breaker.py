"""A circuit breaker: what has just failed several times is left alone for a while, so that nobody waits for it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class CircuitBreaker:
    """Opens after `threshold` failures in a row; after `rest` seconds one attempt is let through, which closes it.

    `elapsed` tells seconds since some moment. Made for one event loop or one thread.
    """

    elapsed: Callable[[], float]
    threshold: int = 3
    rest: float = 1.0
    _failures: int = 0
    _next_attempt: float = 0.0

    def allows(self) -> bool:
        """Tell whether an attempt may be made now."""
        if self._failures < self.threshold:
            return True
        if self.elapsed() < self._next_attempt:
            return False
        self._next_attempt = self.elapsed() + self.rest
        return True

    def succeeded(self) -> None:
        """Take note that an attempt has succeeded."""
        self._failures = 0

    def failed(self) -> None:
        """Take note that an attempt has failed."""
        self._failures += 1
        self._next_attempt = self.elapsed() + self.rest
