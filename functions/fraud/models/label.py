"""Labels: what became known of a payment afterwards, by a person's verdict, a chargeback, or the simulator's truth."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from fraud.errors import InvalidError
from fraud.payments.event import Name
from fraud.reviews import Review, Verdict

MOST = 500
"""Labels in one call."""

LOOK_BACK = timedelta(days=180)
"""How old a payment may be: chargebacks come 30 to 120 days late."""

CLOCK_SKEW = timedelta(minutes=5)


class Source(StrEnum):
    """Who says so."""

    REVIEW = "REVIEW"
    CHARGEBACK = "CHARGEBACK"
    SIMULATOR = "SIMULATOR"


class LabelError(InvalidError):
    """A label that cannot be kept; `field` is to blame."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}", detail, field)


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one payment, and since when (UTC)."""

    transaction_id: Name
    is_fraud: bool
    observed_at: Annotated[datetime, Meta(tz=True)]


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one source tells; REVIEW is written from the reviews themselves."""

    source: Source
    labels: Annotated[list[Label], Meta(min_length=1, max_length=MOST)]


def checked(told: Labels, now: datetime) -> Labels:
    """Return labels that may be kept. Raises LabelError."""
    if told.source is Source.REVIEW:
        raise LabelError("source", "labels of reviews are written from the reviews: CHARGEBACK or SIMULATOR")
    for number, label in enumerate(told.labels):
        if label.observed_at > now + CLOCK_SKEW:
            raise LabelError(f"labels[{number}].observed_at", "this is in the future")
    return told


def labels_of(reviews: Iterable[Review]) -> list[Label]:
    """Return the labels that decided reviews mean."""
    return [
        Label(review.transaction_id, review.verdict is Verdict.CONFIRMED_FRAUD, review.decided_at)
        for review in reviews
        if review.verdict and review.decided_at
    ]
