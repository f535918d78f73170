"""Decisions on alerts: taken and recorded once in one transaction with the card and the review, then announced.

A message that comes again finds its decision and only announces it again, which heals whatever a crash after the
transaction has left undone.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.alerts.alert import Alert
from fraud.cards import CardAction
from fraud.reviews import opened
from fraud.rules.decision import RuleDecision
from fraud_service.cards.erased import ErasedCards, card_payment
from fraud_service.cards.record import Cards, state_of
from fraud_service.reviews.record import Reviews
from fraud_service.stores.documents import Snapshot, document_id, from_document, reaching_firestore
from fraud_service.stores.foreign import ours
from fraud_service.stores.retention import expiring

COLLECTION = "decisions"
TIMEOUT_S = 5.0
MOST_DECISIONS = 5_000


@dataclass(frozen=True)
class Decisions:
    """The record of decisions, `decisions/{transaction_id}`."""

    documents: firestore.Client
    cards: Cards
    reviews: Reviews

    def reference(self, transaction_id: str) -> firestore.DocumentReference:
        """Return the decision's document."""
        return self.documents.collection(COLLECTION).document(document_id(transaction_id))

    def find(self, transaction_id: str) -> RuleDecision | None:
        """Return the decision on a transaction's alert, or None. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            document = self.reference(transaction_id).get(timeout=TIMEOUT_S).to_dict()
        return from_document(document, RuleDecision) if document else None

    def settle(self, alert: Alert, decide: Callable[[CardAction], RuleDecision]) -> RuleDecision:
        """Return the decision on an alert: the recorded one, else the one `decide` takes of the card's state.

        A new decision is recorded together with the card's new state and a review of what a live rule did. Raises
        SubjectErasedError where the payment was erased, RetryableError while Firestore is down.
        """

        @firestore.transactional
        def record(transaction: firestore.Transaction) -> RuleDecision:
            card, decision, review = self._held(transaction, alert)
            if taken := decision.to_dict():
                return from_document(taken, RuleDecision)
            fresh = decide(state_of(card))
            transaction.create(decision.reference, expiring(fresh, fresh.decided_at))
            if fresh.card:
                self.cards.write(transaction, fresh.card)
            if fresh.applied and not review.exists:
                match = fresh.applied
                wanted = opened(alert, match.action, match.source, match.why, fresh.decided_at)
                transaction.create(review.reference, expiring(wanted, wanted.opened_at))
            return fresh

        with reaching_firestore():
            settled: RuleDecision = record(self.documents.transaction())
            return settled

    def _held(self, transaction: firestore.Transaction, alert: Alert) -> list[Snapshot]:
        """Read the alert's card, decision and review, in this order, unless the payment was erased."""
        references = [
            self.cards.reference(alert.card_token),
            self.reference(alert.transaction_id),
            self.reviews.reference(alert.transaction_id),
        ]
        return ErasedCards(self.documents).read_beside(references, card_payment(alert), transaction, TIMEOUT_S)


def hits(documents: firestore.Client, since: datetime) -> Counter[str]:
    """Return how many decisions since a moment each rule matched, among the latest `MOST_DECISIONS`."""
    recent = documents.collection(COLLECTION).where(filter=FieldFilter("decided_at", ">=", since))
    query = recent.order_by("decided_at", "DESCENDING").select(["matches"]).limit(MOST_DECISIONS)
    with reaching_firestore():
        held = ours(f"firestore.{COLLECTION}", query.stream(timeout=TIMEOUT_S), _matched)
    return Counter(rule_id for _, matched in held for rule_id in matched)


def _matched(snapshot: Snapshot) -> list[str]:
    return [match["rule_id"] for match in (snapshot.to_dict() or {})["matches"]]
