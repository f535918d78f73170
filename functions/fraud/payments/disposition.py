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
    """Against which clock an event was late: Kafka's. Lateness is a property of the record alone."""

    APPEND_TIME = "APPEND_TIME"


DEDUPLICATION_HORIZON = timedelta(hours=1)
"""How far behind its own Kafka append time an event may be, and how long its transaction id is remembered."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of its Kafka append time an event's clock may run; beyond it, the event is rejected.

What the stream remembers is bounded by append times, and so by how far an event may lie from its own.
"""
