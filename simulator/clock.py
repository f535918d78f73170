"""The clocks that a session reads, in one place so that tests can supply others."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """`now` is the date and time, `elapsed` seconds since some moment, `cpu` CPU-seconds of all threads."""

    now: Callable[[], datetime] = _now
    elapsed: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] = time.process_time
