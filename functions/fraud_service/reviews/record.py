"""Reviews in Firestore: opened once for a payment, changed in a transaction, listed in an order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.reviews import Review, ReviewOrder, ReviewState, Verdict
from fraud_service.cards.erased import ErasedCards, card_payment
from fraud_service.stores.documents import count, document_id, from_document, reaching_firestore
from fraud_service.stores.foreign import ours
from fraud_service.stores.retention import expiring

COLLECTION = "reviews"
_ORDERS = {
    ReviewOrder.WORST: (("fraud_score", "DESCENDING"), ("opened_at", "ASCENDING")),
    ReviewOrder.OLDEST: (("opened_at", "ASCENDING"),),
    ReviewOrder.NEWEST: (("opened_at", "DESCENDING"),),
}
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Reviews:
    """The review queue."""

    documents: firestore.Client

    def reference(self, transaction_id: str) -> firestore.DocumentReference:
        """Return the review's document."""
        return self.documents.collection(COLLECTION).document(document_id(transaction_id))

    def find(self, transaction_id: str) -> Review | None:
        """Return a payment's review, or None. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            return _review(self.reference(transaction_id).get(timeout=TIMEOUT_S))

    def open(self, review: Review) -> Review:
        """Keep a new review, and return it; the one that stands, where there is one already.

        Raises SubjectErasedError where the payment was erased, RetryableError while Firestore is down.
        """
        reference = self.reference(review.transaction_id)

        @firestore.transactional
        def create(transaction: firestore.Transaction) -> Review:
            marks = ErasedCards(self.documents)
            [held] = marks.read_beside([reference], card_payment(review), transaction, TIMEOUT_S)
            if standing := _review(held):
                return standing
            transaction.create(reference, expiring(review, review.opened_at))
            return review

        with reaching_firestore():
            kept: Review = create(self.documents.transaction())
            return kept

    def change(self, transaction_id: str, act: Callable[[Review], Review]) -> Review | None:
        """Return the review after an act, None where there is no review.

        Raises what `act` raises, and RetryableError while Firestore is down.
        """
        reference = self.reference(transaction_id)

        @firestore.transactional
        def apply(transaction: firestore.Transaction) -> Review | None:
            before = _review(reference.get(transaction=transaction, timeout=TIMEOUT_S))
            after = act(before) if before else None
            if after and after is not before:
                transaction.set(reference, expiring(after, after.opened_at))
            return after

        with reaching_firestore():
            after: Review | None = apply(self.documents.transaction())
            return after

    def listed(self, state: ReviewState, after: datetime | None, limit: int) -> list[Review]:
        """Return at most `limit` reviews of a state, opened after a moment if one is given, oldest first."""
        query = self._of_state(state).order_by("opened_at").limit(limit)
        with reaching_firestore():
            snapshots = (query.start_after({"opened_at": after}) if after else query).stream(timeout=TIMEOUT_S)
            return _read(snapshots)

    def page(self, state: ReviewState, order: ReviewOrder, after: str | None, limit: int) -> list[Review]:
        """Return at most `limit` reviews of a state in an order, those after a transaction's if one is given."""
        query = self._of_state(state)
        for field, direction in _ORDERS[order]:
            query = query.order_by(field, direction)
        with reaching_firestore():
            if after:
                query = query.start_after(self.reference(after).get(timeout=TIMEOUT_S))
            return _read(query.limit(limit).stream(timeout=TIMEOUT_S))

    def confirmed(self, card_token: str, transaction: firestore.Transaction) -> str | None:
        """Return a payment with a card that a person has found to be fraud, as a part of a transaction."""
        of_card = self.documents.collection(COLLECTION).where(filter=FieldFilter("card_token", "==", card_token))
        fraud = of_card.where(filter=FieldFilter("verdict", "==", Verdict.CONFIRMED_FRAUD.value)).limit(1)
        return next((one.transaction_id for one in _read(fraud.stream(transaction, timeout=TIMEOUT_S))), None)

    def decided_since(self, moment: datetime) -> list[Review]:
        """Return every decided review that was opened at a moment or later, oldest first."""
        query = self._of_state(ReviewState.DECIDED).where(filter=FieldFilter("opened_at", ">=", moment))
        with reaching_firestore():
            return _read(query.order_by("opened_at").stream(timeout=TIMEOUT_S))

    def verdicts_since(self, moment: datetime) -> list[Review]:
        """Return every review that was decided at a moment or later, the earliest verdict first."""
        query = self.documents.collection(COLLECTION).where(filter=FieldFilter("decided_at", ">=", moment))
        with reaching_firestore():
            return _read(query.order_by("decided_at").stream(timeout=TIMEOUT_S))

    def counts(self, since: datetime) -> dict[str, int]:
        """Return how many reviews are open and claimed, and how many had each verdict since a moment."""
        decided = self.documents.collection(COLLECTION).where(filter=FieldFilter("decided_at", ">=", since))
        queries = {state.value: self._of_state(state) for state in (ReviewState.OPEN, ReviewState.CLAIMED)}
        queries |= {one.value: decided.where(filter=FieldFilter("verdict", "==", one.value)) for one in Verdict}
        with reaching_firestore():
            return {name: count(query, TIMEOUT_S) for name, query in queries.items()}

    def _of_state(self, state: ReviewState) -> firestore.Query:
        return self.documents.collection(COLLECTION).where(filter=FieldFilter("state", "==", state.value))


def _read(snapshots: Iterable[firestore.DocumentSnapshot[Any]]) -> list[Review]:
    held = ours(f"firestore.{COLLECTION}", snapshots, lambda one: from_document(one.to_dict() or {}, Review))
    return [review for _, review in held]


def _review(snapshot: firestore.DocumentSnapshot[firestore.DocumentReference]) -> Review | None:
    document = snapshot.to_dict()
    return from_document(document, Review) if document else None
