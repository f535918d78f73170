"""Deliveries of a notification to a channel: tried until the receiver accepts, or given up after a number of attempts.

An attempt is written down before it is made and has a time within which it must end; until then nobody else begins
another. So an attempt that a crash cut short counts, and is made again only when it can no longer be under way.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from fraud.alerts.notification import Notification
from fraud.errors import RetryableError

SCHEMA_VERSION = 1

REFUSALS = frozenset({400, 410, 413, 415, 422})
"""HTTP statuses by which a receiver refuses this very body for good (RFC 9110, section 15.5)."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    GIVEN_UP = "GIVEN_UP"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`deliveries/{channel}:{notification_id}`: how far a channel has been told.

    `not_before` is the earliest moment of the next attempt; `last_status` is HTTP's, None where no answer came.
    """

    schema_version: int = SCHEMA_VERSION
    channel: str
    notification_id: str
    incident_id: str
    transaction_id: str
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    first_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    not_before: datetime | None = None
    ended_at: datetime | None = None
    last_status: int | None = None
    last_reason: str = ""


class Persistence(NamedTuple):
    """How often and how patiently to try: the delay doubles from `first_delay` up to `longest_delay`.

    An attempt without a result counts as lost after `attempt_life`.
    """

    attempts: int
    first_delay: timedelta
    longest_delay: timedelta
    attempt_life: timedelta

    def delay(self, attempts: int) -> timedelta:
        """Return how long to wait after a number of failed attempts."""
        doublings = min(attempts - 1, 30)
        return min(self.first_delay * (1 << doublings), self.longest_delay)


class Outcome(NamedTuple):
    """How an attempt ended: HTTP status, None where no answer came; why, in words; and how long it asks to wait."""

    status: int | None
    reason: str
    retry_after: timedelta = timedelta()

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has the notification."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  HTTP's successes


def to_channel(notification: Notification, channel: str) -> Delivery:
    """Return the delivery of a notification before its first attempt."""
    return Delivery(
        channel=channel,
        notification_id=notification.notification_id,
        incident_id=notification.incident_id,
        transaction_id=notification.transaction_id,
    )


def begun(delivery: Delivery, persistence: Persistence, now: datetime) -> Delivery:
    """Return the delivery with one more attempt under way, or as it ended.

    Raises RetryableError while another attempt is under way or the next is not due.
    """
    if delivery.state is not DeliveryState.PENDING:
        return delivery
    if delivery.not_before and now < delivery.not_before:
        raise RetryableError(f"channel {delivery.channel}: the next attempt is not due yet")
    if delivery.attempts >= persistence.attempts:
        return _given_up(delivery, now)
    return msgspec.structs.replace(
        delivery,
        attempts=delivery.attempts + 1,
        first_attempt_at=delivery.first_attempt_at or now,
        last_attempt_at=now,
        not_before=now + persistence.attempt_life,
        last_status=None,
        last_reason="no result",
    )


def ended(held: Delivery, attempt: int, outcome: Outcome, persistence: Persistence, now: datetime) -> Delivery:
    """Return the delivery, as it is held now, after the outcome of one of its attempts.

    An acceptance always counts. The failure of an attempt that has been followed by another says nothing any more.
    """
    if held.state is DeliveryState.ACCEPTED:
        return held
    answered = msgspec.structs.replace(held, last_status=outcome.status, last_reason=outcome.reason)
    if outcome.is_accepted:
        return msgspec.structs.replace(answered, state=DeliveryState.ACCEPTED, not_before=None, ended_at=now)
    if held.state is DeliveryState.GIVEN_UP or held.attempts != attempt:
        return held
    if outcome.status in REFUSALS or attempt >= persistence.attempts:
        return _given_up(answered, now)
    asked = min(outcome.retry_after, persistence.longest_delay)
    return msgspec.structs.replace(answered, not_before=now + max(asked, persistence.delay(attempt)))


def _given_up(delivery: Delivery, now: datetime) -> Delivery:
    return msgspec.structs.replace(delivery, state=DeliveryState.GIVEN_UP, not_before=None, ended_at=now)
