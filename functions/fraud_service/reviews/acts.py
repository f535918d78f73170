"""What people do about reviews, by whichever door they come."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Annotated

import msgspec
import structlog

from fraud.cards import Reason
from fraud.errors import AbsentError
from fraud.reviews import Review, Verdict, claimed, decided, false_positive_rate, handed_back, noted, reopened
from fraud_service import clock
from fraud_service.cards.acts import CardActs
from fraud_service.cards.record import Cards
from fraud_service.clock import Clock
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents

PAGE = 50
SUMMARY_DAYS = 30

Note = Annotated[str, msgspec.Meta(max_length=2_000)]

log = structlog.get_logger()


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """A verdict."""

    verdict: Verdict
    note: Note = ""


class Remark(msgspec.Struct, forbid_unknown_fields=True):
    """A note."""

    note: Reason


@dataclass(frozen=True)
class Summary:
    """How many reviews wait and had each verdict in the last `days`, and the share of false positives among these."""

    days: int
    counts: dict[str, int]
    false_positive_rate: float | None


@dataclass(frozen=True)
class ReviewActs:
    """The acts on reviews.

    Every method raises RetryableError while Firestore is down; those that name a transaction raise AbsentError where it
    has no review, those that change one ReviewConflictError where it does not allow the act.
    """

    reviews: Reviews = field(default_factory=lambda: Reviews(documents()))
    cards: Cards = field(default_factory=lambda: Cards(documents(), cache_client()))
    now: Clock = clock.now

    def show(self, transaction_id: str) -> Review:
        """Return the review of a payment."""
        return _present(self.reviews.find(transaction_id) if transaction_id else None)

    def summary(self, days: int = SUMMARY_DAYS) -> Summary:
        """Return how the queue fares."""
        counts = self.reviews.counts(self.now() - timedelta(days=days))
        rate = false_positive_rate(counts[Verdict.CONFIRMED_FRAUD], counts[Verdict.FALSE_POSITIVE])
        return Summary(days, counts, rate)

    def claim(self, transaction_id: str, person: str) -> Review:
        """Give a review to a person."""
        return self._change(transaction_id, partial(claimed, person=person, now=self.now()))

    def hand_back(self, transaction_id: str, person: str) -> Review:
        """Put the person's review back into the queue."""
        return self._change(transaction_id, partial(handed_back, person=person, now=self.now()))

    def decide(self, transaction_id: str, person: str, decision: Decision) -> Review:
        """Record the person's verdict on their review; one of fraud blocks a card on which nothing is in force.

        Repeated, it does what is left to do.
        """
        act = partial(decided, person=person, verdict=decision.verdict, note=decision.note, now=self.now())
        review = self._change(transaction_id, act)
        if decision.verdict is Verdict.CONFIRMED_FRAUD:
            self.cards.block(review, person, decision.note or "confirmed fraud", self.now(), over=None)
        log.info("review_decided", verdict=decision.verdict.value)
        return review

    def reopen(self, transaction_id: str, person: str, remark: Remark) -> Review:
        """Take a verdict back, for a reason, and give the review to the person."""
        review = self._change(transaction_id, partial(reopened, person=person, note=remark.note, now=self.now()))
        log.info("review_reopened")
        return review

    def annotate(self, transaction_id: str, person: str, remark: Remark) -> Review:
        """Add the person's note to a review."""
        return self._change(transaction_id, partial(noted, person=person, note=remark.note, now=self.now()))

    def _change(self, transaction_id: str, act: Callable[[Review], Review]) -> Review:
        return _present(self.reviews.change(transaction_id, act) if transaction_id else None)


def card_acts() -> CardActs:
    """Return the acts on cards, which go by what reviews have found."""
    return CardActs(Reviews(documents()).confirmed)


def _present(review: Review | None) -> Review:
    if review is None:
        raise AbsentError("there is no review of this transaction")
    return review
