"""Waiting for a condition, with a deadline."""

from collections.abc import Callable
from time import monotonic, sleep

import psutil


def wait_until(condition: Callable[[], bool], limit: float = 90.0, every: float = 0.05) -> None:
    """Return once the condition holds; fails the test if it does not within `limit` seconds; look `every` few.

    The usual limit is longer than the minute for which Firestore keeps the locks of a transaction whose client died.
    """
    deadline = monotonic() + limit
    while not condition():
        assert monotonic() < deadline, f"{condition} did not come true within {limit} s"
        sleep(every)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
