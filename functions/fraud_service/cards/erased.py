"""Cards that have been erased: what is still on its way about a payment from before the request is recorded nowhere.

A message can come long after the receipt: from a subscription whose function was down, from a dead letter that is sent
again, from a batch that the job repeats. Whoever records something of an alert reads `erased_cards` in the transaction
that records it, so that it is either there for the sweep to find or not written at all.

A document's name is a digest of the card's token: it finds a card whose token is at hand, and tells of no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from google.cloud import firestore

from fraud.alerts.alert import Alert
from fraud.erasure.mark import Mark, card_digest, joined_marks
from fraud.errors import PermanentError, SubjectErasedError
from fraud.reviews import Review
from fraud_service.stores.documents import (
    COMMIT_LIMIT,
    Snapshot,
    from_document,
    plain,
    portions,
    reaching_firestore,
    read_all,
    to_document,
)
from fraud_service.stores.retention import EXPIRES_AT

COLLECTION = "erased_cards"
STORE = f"firestore.{COLLECTION}"
TIMEOUT_S = 10.0


class CardPayment(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """A payment, by what an erasure knows it by; written so in the attributes of messages that name no card."""

    card_digest: str
    event_time: datetime | None = None
    kafka_partition: int | None = None
    kafka_offset: int | None = None


def card_payment(alert: Alert | Review) -> CardPayment:
    """Return the payment of an alert or a review."""
    digest = card_digest(alert.card_token)
    return CardPayment(digest, alert.event_time, alert.kafka_partition, alert.kafka_offset)


def to_attributes(payment: CardPayment) -> dict[str, str]:
    """Return a payment as a message's attributes."""
    return {name: str(value) for name, value in msgspec.to_builtins(payment).items()}


def from_attributes(attributes: Mapping[str, str]) -> CardPayment | None:
    """Return the payment that a message's attributes tell of; None where they are of before they did.

    Raises PermanentError where they tell of none.
    """
    try:
        return msgspec.convert(attributes, CardPayment, strict=False) if "card-digest" in attributes else None
    except msgspec.ValidationError:
        pass
    raise PermanentError("the message's attributes tell of no payment")


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

    def add(self, marks: Mapping[str, Mark], expires_at: datetime) -> dict[str, Mark]:
        """Remember cards, by token, each by the furthest mark it ever had, which is returned; repeated, until later.

        When this returns, whatever was recorded without seeing them can be read. Raises RetryableError while Firestore
        is down.
        """
        with reaching_firestore():
            added = [
                self._add({token: marks[token] for token in some}, expires_at)
                for some in portions(sorted(marks), COMMIT_LIMIT)
            ]
        return {token: mark for joined in added for token, mark in joined.items()}

    def _add(self, marks: Mapping[str, Mark], expires_at: datetime) -> dict[str, Mark]:
        references = [self.reference(card_digest(token)) for token in marks]

        @firestore.transactional
        def join(transaction: firestore.Transaction) -> dict[str, Mark]:
            pairs = zip(marks, read_all(self.documents, references, transaction, TIMEOUT_S), strict=True)
            held = {token: from_document(document, Mark) for token, one in pairs if (document := one.to_dict())}
            joined = joined_marks(marks, held)
            for reference, token in zip(references, marks, strict=True):
                transaction.set(reference, to_document(joined[token]) | {EXPIRES_AT: expires_at})
            return joined

        joined: dict[str, Mark] = join(self.documents.transaction())
        return joined

    def held(self, card_tokens: Sequence[str]) -> list[dict[str, Any]]:
        """Return what is remembered of cards. Raises RetryableError while Firestore is down."""
        references = [self.reference(card_digest(token)) for token in card_tokens]
        with reaching_firestore():
            snapshots = self.documents.get_all(references, timeout=TIMEOUT_S) if references else ()
            return [plain(document) for snapshot in snapshots if (document := snapshot.to_dict())]
