"""The thread that works: started with the first request of a process, woken by each new one, patient in between.

functions-framework loads a function before it forks, and a thread does not survive that, so an import starts nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock, Thread

import structlog

from fraud.errors import RetryableError
from fraud_service.erasure.worker import ErasureWorker
from fraud_service.stores.lease import Lease

log = structlog.get_logger()

POLL_S = 1.0
LONGEST_PAUSE_S = 30.0


@dataclass
class ErasureLoop:
    """Works while it holds the lease; `clock` gives the moment in UTC."""

    worker: ErasureWorker
    lease: Lease
    clock: Callable[[], datetime]
    _news: Event = field(default_factory=Event)
    _idle: Event = field(default_factory=Event)
    _starting: Lock = field(default_factory=Lock)
    _thread: Thread | None = None
    _renew_at: datetime | None = None

    def ensure_started(self) -> None:
        """Start the thread unless it runs."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="erasure", daemon=True)
                self._thread.start()

    def run_until_idle(self, limit_s: float) -> None:
        """Let the thread look for requests now; return when it has done what it can, or after the limit."""
        self._idle.clear()
        self._news.set()
        self._idle.wait(limit_s)

    def _run(self) -> None:
        pause = POLL_S
        while True:
            self._news.wait(pause)
            self._news.clear()
            pause = POLL_S if self._try() else min(2 * pause, LONGEST_PAUSE_S)
            if not self._news.is_set():
                self._idle.set()

    def _try(self) -> bool:
        """Work until there is nothing to do but wait; return whether every store could be reached."""
        try:
            while self._may_go_on() and self.worker.work(self._may_go_on):
                pass
        except RetryableError as error:
            log.warning("erasures_delayed", reason=str(error))
        except Exception as error:  # noqa: BLE001  the thread goes on, and a message may show what a row carried
            log.error("erasures_failed", error=type(error).__name__)  # noqa: TRY400
        else:
            return True
        return False

    def _may_go_on(self) -> bool:
        """Tell whether the lease is held; it is renewed when a third of its life is over, not at every step."""
        now = self.clock()
        if self._renew_at and now < self._renew_at:
            return True
        is_held = self.lease.take(now)
        self._renew_at = now + self.lease.life / 3 if is_held else None
        return is_held
