"""Manual review: a person looks at what a rule did, and says whether it was fraud.

OPEN -> CLAIMED -> DECIDED. A claim is one person's until they decide or hand it back; a decision stands until somebody
reopens the review and says why. Every act is kept in `history`, so the review is its own audit trail.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from fraud.alerts.alert import Alert
from fraud.cards import Action
from fraud.errors import ConflictError

SCHEMA_VERSION = 1


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    DECIDED = "DECIDED"


class ReviewOrder(StrEnum):
    """Which reviews of a queue come first: the highest scores, or those that were opened first or last."""

    WORST = "WORST"
    OLDEST = "OLDEST"
    NEWEST = "NEWEST"


class Verdict(StrEnum):
    """What a person found: the label of the false-positive rate, of back-tests and of the classifier."""

    CONFIRMED_FRAUD = "CONFIRMED_FRAUD"
    FALSE_POSITIVE = "FALSE_POSITIVE"


class ReviewConflictError(ConflictError):
    """The review does not allow this act: another person has it, or it is decided."""


class Act(msgspec.Struct, frozen=True):
    """One entry of a review's history."""

    at: datetime
    person: str
    what: str
    note: str = ""


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """`reviews/{transaction_id}`: what was done about a payment's card and why, and what a person makes of it.

    `action` and `source` are those of the card action that opened it; `amount` is exact, in `currency`.
    """

    schema_version: int = SCHEMA_VERSION
    transaction_id: str
    state: ReviewState = ReviewState.OPEN
    opened_at: datetime
    action: Action
    source: str
    reason: str
    severity: str
    event_time: datetime
    sender_account_id: str
    card_token: str
    pii_hash: str
    amount: Decimal
    currency: str
    region: str
    velocity_60s: int
    fraud_score: int
    risk_flags: list[str]
    reason_codes: list[str] = []
    fraud_probability: float | None = None
    model_reasons: list[str] = []
    kafka_partition: int | None = None
    kafka_offset: int | None = None
    assignee: str | None = None
    verdict: Verdict | None = None
    decided_at: datetime | None = None
    history: list[Act] = []


def opened(alert: Alert, action: Action, source: str, reason: str, now: datetime) -> Review:
    """Return a new review of an alert's payment."""
    copied = {name: getattr(alert, name) for name in _OF_ALERT}
    return Review(opened_at=now, action=action, source=source, reason=reason, **copied)


_OF_ALERT = tuple(set(Alert.__struct_fields__) & set(Review.__struct_fields__) - {"schema_version"})


def claimed(review: Review, person: str, now: datetime) -> Review:
    """Return the review in a person's hands; claiming it again changes nothing.

    Raises ReviewConflictError if another person has it or it is decided.
    """
    if review.state is ReviewState.CLAIMED and review.assignee == person:
        return review
    _require(review, ReviewState.OPEN)
    return _after(review, Act(now, person, "claimed"), state=ReviewState.CLAIMED, assignee=person)


def handed_back(review: Review, person: str, now: datetime) -> Review:
    """Return the review open again. Raises ReviewConflictError unless this person has it."""
    _require_assignee(review, person)
    return _after(review, Act(now, person, "handed back"), state=ReviewState.OPEN, assignee=None)


def decided(review: Review, person: str, verdict: Verdict, note: str, now: datetime) -> Review:
    """Return the decided review; the same decision by the same person again changes nothing.

    Raises ReviewConflictError unless this person has it.
    """
    if (review.state, review.assignee, review.verdict) == (ReviewState.DECIDED, person, verdict):
        return review
    _require_assignee(review, person)
    act = Act(now, person, verdict.value, note)
    return _after(review, act, state=ReviewState.DECIDED, verdict=verdict, decided_at=now)


def reopened(review: Review, person: str, note: str, now: datetime) -> Review:
    """Return a decided review in a person's hands again, its verdict taken back. Raises ReviewConflictError."""
    _require(review, ReviewState.DECIDED)
    undecided = {"state": ReviewState.CLAIMED, "verdict": None, "decided_at": None}
    return _after(review, Act(now, person, "reopened", note), **undecided, assignee=person)


def noted(review: Review, person: str, note: str, now: datetime) -> Review:
    """Return the review with a note, at any time and by anyone."""
    return _after(review, Act(now, person, "noted", note))


def false_positive_rate(confirmed: int, false: int) -> float | None:
    """Return the share of false positives among decided reviews, 0 to 1; None while none is decided."""
    return false / (confirmed + false) if confirmed + false else None


def verdicts(reviews: Iterable[Review]) -> dict[str, bool]:
    """Return which reviewed transactions a person found to be fraud."""
    return {review.transaction_id: review.verdict is Verdict.CONFIRMED_FRAUD for review in reviews if review.verdict}


def _after(review: Review, act: Act, **changes: object) -> Review:
    return msgspec.structs.replace(review, history=[*review.history, act], **changes)


def _require(review: Review, state: ReviewState) -> None:
    if review.state is not state:
        raise ReviewConflictError(f"the review is {review.state}, not {state}")


def _require_assignee(review: Review, person: str) -> None:
    _require(review, ReviewState.CLAIMED)
    if review.assignee != person:
        raise ReviewConflictError("another person has the review")
