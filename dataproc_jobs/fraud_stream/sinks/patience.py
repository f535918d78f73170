"""How long BigQuery is waited for: one answer, an outage, a quota; and how often a stream may be opened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic, sleep
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter, wait_random

from fraud_stream.sinks.answers import is_passing, is_quota

log = structlog.get_logger()
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """Limits in seconds. A call without an answer after `answer_s` has failed, and is made again."""

    answer_s: float = 20
    outage_s: float = 90
    quota_s: float = 900
    quota_waits_s: tuple[float, float] = (5, 30)

    def __call__(self, call: Callable[[], Answer], store: str = "BigQuery") -> Answer:
        """Call until answered; raises the last error when an outage or a quota outlasts its limit, others at once.

        Each wait is told, by store and kind: while a quota is waited for, nothing else would say so.
        """
        trying = Retrying(
            retry=retry_if_exception(lambda error: is_passing(error) or is_quota(error)),
            wait=self._wait,
            stop=self._is_over,
            before_sleep=partial(_tell, store),
            reraise=True,
        )
        return trying(call)

    def _wait(self, state: RetryCallState) -> float:
        patiently = wait_random(*self.quota_waits_s)
        return (patiently if _is_held_up(state) else wait_exponential_jitter(multiplier=0.1, max=5))(state)

    def _is_over(self, state: RetryCallState) -> bool:
        return (state.seconds_since_start or 0) >= (self.quota_s if _is_held_up(state) else self.outage_s)


def _is_held_up(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return error is not None and is_quota(error)


def _tell(store: str, state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    kind = "quota" if _is_held_up(state) else "outage"
    log.warning("store_waited_for", cause=f"{store} {kind}", error=type(error).__name__)


@dataclass
class Pace:
    """At most one beginning in `interval_s` seconds, whichever thread asks."""

    interval_s: float
    _free_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def wait(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            now = monotonic()
            turn = max(now, self._free_at)
            self._free_at = turn + self.interval_s
        sleep(turn - now)
