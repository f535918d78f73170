"""What is to be done so that exactly one batch of the deployed code gets on: a decision, taken from what is known.

Dataproc kills a batch at the end of its ttl and starts none again; two live batches on one checkpoint corrupt it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_LONGEST_DELAY = timedelta(minutes=10)


class BatchState(StrEnum):
    """States of a batch, by Dataproc's names."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


LIVE = frozenset({BatchState.PENDING, BatchState.RUNNING, BatchState.CANCELLING})
"""States in which a batch may read its checkpoint."""


@dataclass(frozen=True)
class Batch:
    """A batch as Dataproc lists it; `number` counts the batches of one deployment, `code` names what it runs."""

    batch_id: str
    number: int
    code: str
    state: BatchState
    created_at: datetime
    state_since: datetime

    @property
    def is_live(self) -> bool:
        """Whether it may read the checkpoint."""
        return self.state in LIVE


@dataclass(frozen=True)
class Policy:
    """What is deployed, and when to act.

    A batch is followed by the next `hand_over` before the end of its `ttl`, or when it runs and has got nowhere for
    `stall_patience`; one that was asked to stop gets `stop_patience`. After `failures_before_hold` failures of the
    deployed code within `failure_window` nothing is submitted until the oldest of them is out of it; between failures
    the delay doubles from `first_delay`.
    """

    code: str
    ttl: timedelta
    hand_over: timedelta
    failures_before_hold: int
    failure_window: timedelta
    first_delay: timedelta
    stop_patience: timedelta
    stall_patience: timedelta


@dataclass(frozen=True)
class Submit:
    """Start the batch of this number."""

    number: int


@dataclass(frozen=True)
class AskToStop:
    """Leave the marker at which a batch ends after its micro-batch."""

    batch_id: str
    reason: str


@dataclass(frozen=True)
class Cancel:
    """End a batch by force; what it has not committed is read again."""

    batch_id: str
    reason: str


@dataclass(frozen=True)
class Hold:
    """Start nothing, and tell a person."""

    failures: int
    until: datetime


@dataclass(frozen=True)
class Wait:
    """Do nothing this time."""

    reason: str


Action = Submit | AskToStop | Cancel | Hold | Wait


def decide(
    batches: Iterable[Batch],
    asked: Mapping[str, datetime],
    moved_at: datetime | None,
    policy: Policy,
    now: datetime,
) -> tuple[Action, ...]:
    """Return what to do now.

    `asked` tells when batches were asked to stop, `moved_at` when the stream last ended a micro-batch or had nothing to
    read; None where it has not yet.

    Repeated with the same knowledge it gives the same answer. Nothing is submitted while any batch is live.
    """
    known = sorted(batches, key=lambda batch: batch.number)
    live = [batch for batch in known if batch.is_live]
    if not live:
        return (_successor(known, policy, now),)
    eldest, *others = live  # the eldest holds the checkpoint; a younger one must not get to read it
    if not others:
        reason = _reason_to_end(eldest, moved_at, policy, now)
        return (_guard(eldest, reason, asked.get(eldest.batch_id), policy, now),)
    intruders = [other.batch_id for other in others if other.state is not BatchState.CANCELLING]
    return tuple(Cancel(intruder, "second live batch") for intruder in intruders) or (Wait("cancelling"),)


def _guard(batch: Batch, reason: str | None, asked_at: datetime | None, policy: Policy, now: datetime) -> Action:
    if batch.state is BatchState.CANCELLING:
        return Wait("cancelling")
    if reason is None:
        return Wait("healthy")
    if asked_at is None:
        return AskToStop(batch.batch_id, reason)
    return Wait("stopping") if now - asked_at < policy.stop_patience else Cancel(batch.batch_id, reason)


def _reason_to_end(batch: Batch, moved_at: datetime | None, policy: Policy, now: datetime) -> str | None:
    if batch.code != policy.code:
        return "other code is deployed"
    if now - batch.created_at >= policy.ttl - policy.hand_over:
        return "its ttl is near"
    return "it gets nowhere" if _is_stalled(batch, moved_at, policy, now) else None


def _is_stalled(batch: Batch, moved_at: datetime | None, policy: Policy, now: datetime) -> bool:
    """Tell whether a batch runs and does not move; what the one before it reached says nothing about it."""
    since = max(moved_at or batch.state_since, batch.state_since)
    return batch.state is BatchState.RUNNING and now - since >= policy.stall_patience


def _successor(ended: list[Batch], policy: Policy, now: datetime) -> Action:
    failed = _recent_failures(ended, policy, now)
    if len(failed) >= policy.failures_before_hold:
        return Hold(len(failed), failed[0].state_since + policy.failure_window)
    if failed and now < failed[-1].state_since + _delay(len(failed), policy):
        return Wait("delay after a failure")
    return Submit(ended[-1].number + 1 if ended else 1)


def _recent_failures(ended: list[Batch], policy: Policy, now: datetime) -> list[Batch]:
    """Return the failures of the deployed code since its last good end, within the window, oldest first."""
    failed: list[Batch] = []
    for batch in reversed(ended):
        if batch.code != policy.code or batch.state is not BatchState.FAILED:
            break
        if now - batch.state_since < policy.failure_window:
            failed.insert(0, batch)
    return failed


def _delay(failures: int, policy: Policy) -> timedelta:
    doubled = timedelta(seconds=policy.first_delay.total_seconds() * 2.0 ** (failures - 1))
    return min(doubled, _LONGEST_DELAY)
