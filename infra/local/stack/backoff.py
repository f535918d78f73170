"""How long to wait before a component that ended by itself is started again."""

_FIRST_S = 1.0
_LONGEST_S = 30.0
_FORGIVEN_AFTER_S = 120.0


class Backoff:
    """At once after the first end, then 1 s, 2 s, 4 s ... 30 s; two minutes without an end start it over."""

    def __init__(self) -> None:
        self._ends = 0
        self._last = float("-inf")

    def delay(self, now: float) -> float:
        """Return the seconds to wait after an end at `now`, in seconds of any steady clock."""
        if now - self._last > _FORGIVEN_AFTER_S:
            self._ends = 0
        self._last = now
        self._ends += 1
        return 0.0 if self._ends == 1 else min(_FIRST_S * 2 ** (self._ends - 2), _LONGEST_S)
