"""A right that has just been granted is in force everywhere some minutes later: who uses it at once waits so long."""

import time
from collections.abc import Callable

import pulumi


class Propagation:
    """Notes when rights are granted; whoever uses them is made `patience_s` after the last, at once if none is new."""

    def __init__(
        self,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience_s, self._clock, self._sleep = patience_s, clock, sleep
        self._last: float | None = None
        granted = pulumi.ResourceHook("granted", self.granted)
        awaited = pulumi.ResourceHook("in-force", self.awaited)
        self.grants = pulumi.ResourceHookBinding(after_create=[granted], after_update=[granted])
        self.uses = pulumi.ResourceHookBinding(before_create=[awaited], before_update=[awaited])

    def granted(self, _hooked: pulumi.ResourceHookArgs) -> None:
        """Note that a right has been granted."""
        self._last = self._clock()

    def awaited(self, _hooked: pulumi.ResourceHookArgs) -> None:
        """Wait until what has been granted is in force."""
        if self._last is not None:
            self._sleep(max(0.0, self._last + self._patience_s - self._clock()))
