"""What becomes of a received event: its disposition, and the two bounds on its clock."""

from datetime import timedelta
from enum import StrEnum


class Disposition(StrEnum):
    """The one fate of every Kafka position; received = accepted + duplicate + late + rejected."""

    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    LATE = "LATE"
    REJECTED = "REJECTED"


class LateReason(StrEnum):
    """Against which clock an event was late."""

    APPEND_TIME = "APPEND_TIME"
    WATERMARK = "WATERMARK"


DEDUPLICATION_HORIZON = timedelta(hours=1)
"""How far behind its own Kafka append time an event may be, and how long its transaction id is remembered."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of its Kafka append time an event's clock may run: beyond it, one clock would move the watermark."""

WATERMARK_DELAY = DEDUPLICATION_HORIZON + CLOCK_TOLERANCE
"""Lateness the stream waits for: an event on time by its append time is never below it, read in append order."""
