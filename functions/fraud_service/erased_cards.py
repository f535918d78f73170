"""Cards that have been erased: what is still on its way about a payment from before the request is recorded nowhere.

A message can come long after the receipt: from a subscription whose function was down, from a dead letter that is sent
again, from a batch that the job repeats. Whoever records something of an alert reads `erased_cards` in the transaction
that records it, so that it is either there for the sweep to find or not written at all.

A document's name is a digest of the card's token: it finds a card whose token is at hand, and tells of no other.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from google.cloud import firestore

from fraud.alert import Alert
from fraud.erasure_mark import Mark, joined_marks
from fraud.errors import SubjectErasedError
from fraud_service.document import Snapshot, from_document, reaching_firestore, read_all, to_document
from fraud_service.portions import portions
from fraud_service.retention import EXPIRES_AT

COLLECTION = "erased_cards"
STORE = f"firestore.{COLLECTION}"
TIMEOUT_S = 10.0
COMMIT_LIMIT = 400
"""Documents in one commit; Firestore takes 500."""


class CardPayment(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """A payment, by what an erasure knows it by; written so in the attributes of messages that name no card."""

    card_digest: str
    event_time: datetime | None = None
    kafka_partition: int | None = None
    kafka_offset: int | None = None


def card_payment(alert: Alert) -> CardPayment:
    """Return the payment of an alert."""
    digest = card_digest(alert.card_token)
    return CardPayment(digest, alert.event_time, alert.kafka_partition, alert.kafka_offset)


def to_attributes(payment: CardPayment) -> dict[str, str]:
    """Return a payment as a message's attributes."""
    return {name: str(value) for name, value in msgspec.to_builtins(payment).items()}


def from_attributes(attributes: Mapping[str, str]) -> CardPayment | None:
    """Return the payment that a message's attributes tell of; None where they are of before they did."""
    return msgspec.convert(attributes, CardPayment, strict=False) if "card-digest" in attributes else None


def card_digest(card_token: str) -> str:
    """Return the name under which an erased card is remembered; nobody gets from it to the token."""
    return hashlib.sha256(f"erased card {card_token}".encode()).hexdigest()


@dataclass(frozen=True)
class ErasedCards:
    """The record of erased cards; Firestore deletes each document some time after its `expires_at`."""

    documents: firestore.Client

    def reference(self, digest: str) -> firestore.DocumentReference:
        """Return the document of a card, by its digest."""
        return self.documents.collection(COLLECTION).document(digest)

    def read_beside(
        self,
        references: Sequence[firestore.DocumentReference],
        payment: CardPayment,
        transaction: firestore.Transaction,
        timeout_s: float,
    ) -> list[Snapshot]:
        """Read documents that are about a payment, and whether it was erased, by one call of a transaction.

        Raises SubjectErasedError where it was: nothing may be recorded about it then.
        """
        wanted = [*references, self.reference(payment.card_digest)]
        *held, card = read_all(self.documents, wanted, transaction, timeout_s)
        if (erased := card.to_dict()) and from_document(erased, Mark).covers(payment):
            raise SubjectErasedError
        return held

    def add(self, marks: Mapping[str, Mark], expires_at: datetime) -> None:
        """Remember cards, by token, each by the furthest mark it ever had; repeated, it lets them expire later.

        When this returns, whatever was recorded without seeing them can be read. Raises RetryableError while Firestore
        is down.
        """
        by_digest = {card_digest(token): mark for token, mark in marks.items()}
        with reaching_firestore():
            for some in portions(sorted(by_digest), COMMIT_LIMIT):
                self._add({digest: by_digest[digest] for digest in some}, expires_at)

    def _add(self, marks: Mapping[str, Mark], expires_at: datetime) -> None:
        @firestore.transactional
        def join(transaction: firestore.Transaction) -> None:
            references = [self.reference(digest) for digest in marks]
            found = self.documents.get_all(references, transaction=transaction, timeout=TIMEOUT_S)
            held = {one.id: from_document(document, Mark) for one in found if (document := one.to_dict())}
            for digest, mark in joined_marks(marks, held).items():
                transaction.set(self.reference(digest), to_document(mark) | {EXPIRES_AT: expires_at})

        join(self.documents.transaction())

    def held(self, card_tokens: Sequence[str]) -> list[dict[str, Any]]:
        """Return what is remembered of cards. Raises RetryableError while Firestore is down."""
        references = [self.reference(card_digest(token)) for token in card_tokens]
        with reaching_firestore():
            found = self.documents.get_all(references, timeout=TIMEOUT_S) if references else ()
            return [document for snapshot in found if (document := snapshot.to_dict())]
