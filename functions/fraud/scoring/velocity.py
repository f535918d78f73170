"""Velocity rules: how many distinct charges of one account in trailing event time are too many."""

from datetime import timedelta
from enum import StrEnum

VELOCITY_WINDOW = timedelta(seconds=60)
LONG_WINDOW = timedelta(minutes=5)
SPREAD_WINDOW = timedelta(hours=1)
"""In which the accounts of a card, and the cards of a device, are counted."""
OUT_OF_ORDER = timedelta(minutes=2)
"""How far behind its partition an event may come and still find its whole five minutes remembered."""

MAX_NORMAL_VELOCITY = 3
CRITICAL_VELOCITY = 5
TEST_LIKE_USD = 5
"""Up to this amount, or when declined, a payment may be a test of whether a card works."""
SMALL_USD = 2
MAX_PEERS = 100
"""Most transaction ids listed with one alert, the latest ones; `velocity_60s` always has the full number."""


class Severity(StrEnum):
    """How urgent an alert is."""

    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """Place among severities: the higher one is worse."""
        return tuple(Severity).index(self)


def velocity_severity(velocity_60s: int) -> Severity | None:
    """Return the severity of a count of charges in 60 seconds, or None where it is normal."""
    if velocity_60s >= CRITICAL_VELOCITY:
        return Severity.CRITICAL
    return Severity.HIGH if velocity_60s > MAX_NORMAL_VELOCITY else None
