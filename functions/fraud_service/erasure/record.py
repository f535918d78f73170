"""Erasure requests in Firestore: one at a time for a subject, advanced together, closed by a receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.erasure.receipt import Head, Receipt, Retention, issued
from fraud.erasure.request import Erasure, accepted, completed
from fraud.erasure.seal import Seal, Sealed, sealed
from fraud.masking.key import HmacKey
from fraud.subjects.subject import Subject
from fraud_service.stores.documents import count, from_document, reaching_firestore, to_document
from fraud_service.stores.foreign import ours

ERASURES = "erasures"
CLAIMS = "erasure_subjects"
"""By the subject's key: the request that runs for it."""

RECEIPTS = "erasure_receipts"
SEAL = "seal"
CHAIN = "erasure_chain"
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Erasures:
    """The record of requests and receipts."""

    documents: firestore.Client

    def accept(self, subject: Subject, requested_by: str, now: datetime) -> Erasure:
        """Record a request and return it; while one of the same subject runs, return that one.

        The record is durable when this returns. Raises RetryableError while Firestore is down.
        """
        claim = self.documents.collection(CLAIMS).document(subject.key)

        @firestore.transactional
        def record(transaction: firestore.Transaction) -> Erasure:
            held = claim.get(transaction=transaction, timeout=TIMEOUT_S).to_dict()
            if held:
                return _erasure(self._request(held["request_id"]).get(transaction=transaction, timeout=TIMEOUT_S))
            fresh = accepted(uuid4().hex, subject, requested_by, now)
            transaction.create(self._request(fresh.request_id), to_document(fresh))
            transaction.create(claim, {"request_id": fresh.request_id})
            return fresh

        with reaching_firestore():
            running: Erasure = record(self.documents.transaction())
            return running

    def find(self, request_id: str) -> Erasure | None:
        """Return a request, or None. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            snapshot = self._request(request_id).get(timeout=TIMEOUT_S)
            return _erasure(snapshot) if snapshot.exists else None

    def open(self, limit: int) -> list[Erasure]:
        """Return the requests that are not completed, at most `limit`."""
        with reaching_firestore():
            snapshots = list(self._open().limit(limit).stream(timeout=TIMEOUT_S))
        return [erasure for _, erasure in ours(f"firestore.{ERASURES}", snapshots, _erasure)]

    def open_count(self, limit_s: float = TIMEOUT_S) -> int:
        """Return how many requests are not completed."""
        with reaching_firestore():
            return count(self._open(), limit_s)

    def save(self, erasures: Iterable[Erasure]) -> None:
        """Record requests after a step, all or none."""
        batch = self.documents.batch()
        for erasure in erasures:
            batch.set(self._request(erasure.request_id), to_document(erasure))
        with reaching_firestore():
            batch.commit(timeout=TIMEOUT_S)

    def complete(self, erasures: Iterable[Erasure], retention: Retention, key: HmacKey, now: datetime) -> list[Receipt]:
        """Issue receipts, append them to the chain sealed, and close the requests, all or none; return the receipts."""

        @firestore.transactional
        def close(transaction: firestore.Transaction) -> list[Receipt]:
            newest, receipts = self._head(transaction), []
            for erasure in erasures:
                receipt = issued(erasure, newest, retention, now)
                newest = Head(receipt.sequence, receipt.hash)
                document = to_document(receipt) | {SEAL: to_document(sealed(receipt, key))}
                transaction.create(self._receipt(receipt.sequence), document)
                closed = completed(erasure, receipt.sequence, now)
                transaction.set(self._request(erasure.request_id), to_document(closed))
                transaction.delete(self.documents.collection(CLAIMS).document(erasure.subject_key))
                receipts.append(receipt)
            transaction.set(self._chain(), to_document(newest))
            return receipts

        with reaching_firestore():
            receipts: list[Receipt] = close(self.documents.transaction())
            return receipts

    def receipt(self, sequence: int) -> Receipt | None:
        """Return a receipt, or None where it is missing."""
        with reaching_firestore():
            document = self._receipt(sequence).get(timeout=TIMEOUT_S).to_dict()
        return from_document(document, Receipt) if document else None

    def chain(self) -> tuple[list[Sealed], Head]:
        """Return every receipt in order, and the record of the newest; what is none is told, and missing there."""
        with reaching_firestore():
            snapshots = self.documents.collection(RECEIPTS).order_by("sequence").stream(timeout=TIMEOUT_S)
            held = [snapshot.to_dict() or {} for snapshot in snapshots]
            return [receipt for _, receipt in ours(f"firestore.{RECEIPTS}", held, _sealed)], self._head()

    def _open(self) -> firestore.Query:
        return self.documents.collection(ERASURES).where(filter=FieldFilter("is_open", "==", True))

    def _head(self, transaction: firestore.Transaction | None = None) -> Head:
        held = self._chain().get(transaction=transaction, timeout=TIMEOUT_S).to_dict()
        return from_document(held, Head) if held else Head()

    def _request(self, request_id: str) -> firestore.DocumentReference:
        return self.documents.collection(ERASURES).document(request_id)

    def _receipt(self, sequence: int) -> firestore.DocumentReference:
        return self.documents.collection(RECEIPTS).document(f"{sequence:012d}")

    def _chain(self) -> firestore.DocumentReference:
        return self.documents.collection(CHAIN).document("head")


def _sealed(document: dict[str, Any]) -> Sealed:
    seal = document.get(SEAL)
    return from_document(document, Receipt), None if seal is None else from_document(seal, Seal)


def _erasure(snapshot: firestore.DocumentSnapshot[firestore.DocumentReference]) -> Erasure:
    return from_document(snapshot.to_dict() or {}, Erasure)
