"""The one place where the functions read a clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the moment in UTC."""
    return datetime.now(UTC)
