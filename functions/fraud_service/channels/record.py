"""Deliveries in Firestore: every attempt is recorded before it is made, and its outcome after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore

from fraud.channels.delivery import Delivery, Outcome, Persistence, begun, ended
from fraud_service.cards.erased import CardPayment, ErasedCards
from fraud_service.stores.documents import Snapshot, from_document, reaching_firestore
from fraud_service.stores.retention import expiring

COLLECTION = "deliveries"
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Deliveries:
    """The record of deliveries to each channel; none about a payment that was erased.

    Every method raises SubjectErasedError then.
    """

    documents: firestore.Client
    persistence: Persistence
    payment: CardPayment | None = None

    def begin(self, delivery: Delivery, now: datetime) -> Delivery:
        """Record that an attempt begins, and return the delivery; one that has ended is returned as it is.

        Raises RetryableError while another attempt is under way, the next is not due, or Firestore is down.
        """
        return self._change(delivery, lambda held: begun(held, self.persistence, now))

    def end(self, attempted: Delivery, outcome: Outcome, now: datetime) -> Delivery:
        """Record how the attempt that `begin` returned has ended. Raises RetryableError while Firestore is down."""
        return self._change(attempted, lambda held: ended(held, attempted.attempts, outcome, self.persistence, now))

    def _change(self, delivery: Delivery, change: Callable[[Delivery], Delivery]) -> Delivery:
        name = f"{delivery.channel}:{delivery.notification_id}"
        reference = self.documents.collection(COLLECTION).document(name)

        @firestore.transactional
        def apply(transaction: firestore.Transaction) -> Delivery:
            document = self._held(reference, transaction).to_dict()
            before = from_document(document, Delivery) if document else delivery
            after = change(before)
            if after is not before:
                transaction.set(reference, expiring(after, after.last_attempt_at))
            return after

        with reaching_firestore():
            after: Delivery = apply(self.documents.transaction())
            return after

    def _held(self, reference: firestore.DocumentReference, transaction: firestore.Transaction) -> Snapshot:
        if self.payment is None:
            return reference.get(transaction=transaction, timeout=TIMEOUT_S)
        [held] = ErasedCards(self.documents).read_beside([reference], self.payment, transaction, TIMEOUT_S)
        return held
