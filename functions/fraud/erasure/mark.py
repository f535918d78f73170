"""The mark of an erasure: which of a subject's payments came before the request, and which belong to after it.

The cut is a position in the raw topic. What carries none (written before alerts did) is judged by when its payment was
made.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec


class Traceable(Protocol):
    """What a payment left, by what tells where the payment came from."""

    @property
    def kafka_partition(self) -> int | None:
        """The raw topic's partition."""

    @property
    def kafka_offset(self) -> int | None:
        """The offset in it."""

    @property
    def event_time(self) -> datetime | None:
        """When the payment was made, UTC."""


class Origin(msgspec.Struct, frozen=True):
    """Where a payment came from, as far as a document or message tells."""

    kafka_partition: int | None = None
    kafka_offset: int | None = None
    event_time: datetime | None = None


class Mark(msgspec.Struct, frozen=True):
    """`ends` are the raw topic's ends when the request was begun, by partition; `made_until` is when it was accepted.

    A partition that is not named did not exist yet.
    """

    ends: dict[str, int]
    made_until: datetime

    def covers(self, payment: Traceable) -> bool:
        """Tell whether a payment came before the request; of one that tells nothing of itself, it is assumed."""
        if payment.kafka_partition is not None and payment.kafka_offset is not None:
            return payment.kafka_offset < self.ends.get(str(payment.kafka_partition), 0)
        return payment.event_time is None or payment.event_time <= self.made_until

    def joined(self, other: "Mark") -> "Mark":
        """Return the mark of both requests: whatever one of them covers."""
        ends = {part: max(self.ends.get(part, 0), other.ends.get(part, 0)) for part in {*self.ends, *other.ends}}
        return Mark(ends, max(self.made_until, other.made_until))


def card_digest(card_token: str) -> str:
    """Return the name under which an erased card is remembered; nobody gets from it to the token."""
    return hashlib.sha256(f"erased card {card_token}".encode()).hexdigest()


def erased_card_key(card_token: str) -> str:
    """Return the Redis key of a card's mark, as JSON; the job looks there before it writes an alert."""
    return f"fraud:erased:{card_digest(card_token)}"


def joined_marks(marks: Mapping[str, Mark], others: Mapping[str, Mark]) -> dict[str, Mark]:
    """Return the marks of both by their keys, joined where a key has two."""
    return {
        key: marks[key].joined(others[key]) if key in marks and key in others else marks.get(key) or others[key]
        for key in {**marks, **others}
    }
