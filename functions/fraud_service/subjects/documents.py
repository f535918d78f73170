"""A subject's documents in Firestore: alerts, reviews, decisions, and what they lead to: deliveries and incidents.

A document about a payment from after the request stays: it belongs to after it. Deliveries and incidents know
transactions only, so they go before the alerts that tell whose those are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.erasure.mark import Origin
from fraud.erasure.request import Erasure, Run, Tally
from fraud.subjects.subject import Subject
from fraud_service.stores.documents import (
    COMMIT_LIMIT,
    Snapshot,
    document_id,
    from_document,
    plain,
    portions,
    reaching_firestore,
)
from fraud_service.stores.foreign import ours

COLLECTIONS = ("alerts", "reviews", "decisions")
"""Every collection whose documents carry `card_token` and go with the subject."""

DELIVERIES = "deliveries"
INCIDENTS = "incidents"
"""An incident is its account's, maybe of several cards: the subject's transactions are taken out of its list."""

STORES = tuple(f"firestore.{name}" for name in (*COLLECTIONS, DELIVERIES, INCIDENTS))
TIMEOUT_S = 10.0
IN_LIMIT = 30
"""Most values that one `in` filter takes."""

Owned = list[tuple[Erasure, Snapshot]]


@dataclass(frozen=True)
class SubjectDocuments:
    """The collections of the contract."""

    documents: firestore.Client

    def count(self, run: Run, _now: datetime) -> Tally:
        """Return how many documents each erasure finds, by request and collection."""
        counts = run.tally(STORES)
        with reaching_firestore():
            named = self._named(run)
            for owner, snapshot in [*named, *self._deliveries(named), *self._incidents(named)]:
                counts[owner.request_id][f"firestore.{snapshot.reference.parent.id}"] += 1
        return counts

    def erase(self, run: Run, _now: datetime) -> dict[str, dict[str, datetime]]:
        """Delete the documents, and what lies below them. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            named = self._named(run)
            self._delete(self._deliveries(named))
            gone = {_fields(snapshot).get("transaction_id") for _, snapshot in named}
            for reference in {
                snapshot.reference.path: snapshot.reference for _, snapshot in self._incidents(named)
            }.values():
                self._take_out(reference, gone)
            self._delete(named)
        return {}

    def held(self, subject: Subject, _limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return the documents that carry one of a subject's tokens. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            named = {name: list(self._where(name, "card_token", subject.card_tokens)) for name in COLLECTIONS}
            found = [_fields(one) for snapshots in named.values() for one in snapshots]
            mine = {str(one["transaction_id"]) for one in found if "transaction_id" in one}
            deliveries = [_fields(one) for one in self._where(DELIVERIES, "transaction_id", sorted(mine))]
            incidents = self._with_absorbers({str(one["incident_id"]) for one in found if "incident_id" in one})
        listed = ours(f"firestore.{INCIDENTS}", map(_fields, incidents), lambda incident: _only(incident, mine))
        return {
            **{f"firestore.{name}": [plain(_fields(one)) for one in snapshots] for name, snapshots in named.items()},
            f"firestore.{DELIVERIES}": [plain(one) for one in deliveries],
            f"firestore.{INCIDENTS}": [plain(incident) for _, incident in listed if incident["transactions"]],
        }

    def _named(self, run: Run) -> Owned:
        """Return the documents that carry a token of the run's subjects, each with the erasure it goes by."""
        held = [
            pair
            for name in COLLECTIONS
            for pair in ours(f"firestore.{name}", self._where(name, "card_token", run.card_tokens), _origin)
        ]
        return [
            (owner, snapshot)
            for snapshot, origin in held
            for owner in run.owners(_fields(snapshot).get("card_token"))
            if owner.mark.covers(origin)
        ]

    def _deliveries(self, named: Owned) -> Owned:
        owners = _owners(named, "transaction_id")
        deliveries = self._where(DELIVERIES, "transaction_id", sorted(owners))
        return [(owner, one) for one in deliveries for owner in owners[_fields(one)["transaction_id"]]]

    def _incidents(self, named: Owned) -> Owned:
        owners = _owners(named, "transaction_id")
        incidents = self._with_absorbers(_owners(named, "incident_id"))
        return [
            (owner, one)
            for one, transactions in ours(f"firestore.{INCIDENTS}", incidents, _transactions)
            for owner in _distinct(owner for each in transactions for owner in owners.get(each, []))
        ]

    def _with_absorbers(self, incident_ids: Iterable[str]) -> list[Snapshot]:
        """Return incidents, and those that have taken them over: both list the transactions."""
        incidents, snapshots = self.documents.collection(INCIDENTS), dict[str, Snapshot]()
        while wanted := sorted({document_id(one) for one in incident_ids} - snapshots.keys()):
            references = [incidents.document(one) for one in wanted]
            read = {one.id: one for one in self.documents.get_all(references, timeout=TIMEOUT_S)}
            incident_ids = [absorber for one in read.values() if (absorber := _fields(one).get("merged_into"))]
            snapshots |= read
        return [one for one in snapshots.values() if one.exists]

    def _take_out(self, reference: firestore.DocumentReference, gone: set[Any]) -> None:
        @firestore.transactional
        def rewrite(transaction: firestore.Transaction) -> None:
            listed = _fields(reference.get(transaction=transaction, timeout=TIMEOUT_S)).get("transactions", [])
            left = [one for one in listed if not isinstance(one, dict) or one.get("transaction_id") not in gone]
            if left:
                transaction.update(reference, {"transactions": left})
            else:
                transaction.delete(reference)

        rewrite(self.documents.transaction())

    def _delete(self, owned: Owned) -> None:
        references = {snapshot.reference.path: snapshot.reference for _, snapshot in owned}
        for reference in references.values():
            for below in reference.collections(timeout=TIMEOUT_S):
                self.documents.recursive_delete(below)
        for some in portions(list(references.values()), COMMIT_LIMIT):
            batch = self.documents.batch()
            for reference in some:
                batch.delete(reference)
            batch.commit(timeout=TIMEOUT_S)

    def _where(self, collection: str, field: str, values: Sequence[str]) -> Iterator[Snapshot]:
        for some in portions(values, IN_LIMIT):
            is_one = FieldFilter(field, "in", list(some))
            query: firestore.Query = self.documents.collection(collection).where(filter=is_one)
            yield from query.stream(timeout=TIMEOUT_S)


def _owners(named: Owned, field: str) -> dict[str, list[Erasure]]:
    """Return whose documents hold each value of a field."""
    owners: dict[str, list[Erasure]] = {}
    for owner, snapshot in named:
        if value := _fields(snapshot).get(field):
            owners.setdefault(value, []).append(owner)
    return {value: _distinct(found) for value, found in owners.items()}


def _distinct(owners: Iterable[Erasure]) -> list[Erasure]:
    return list({owner.request_id: owner for owner in owners}.values())


def _origin(snapshot: Snapshot) -> Origin:
    return from_document(_fields(snapshot), Origin)


def _only(incident: dict[str, Any], mine: set[str]) -> dict[str, Any]:
    """Return an incident without the transactions of others."""
    listed = [one for one in incident["transactions"] if one["transaction_id"] in mine]
    return incident | {"transactions": listed, "alerts": len(listed)}


def _transactions(snapshot: Snapshot) -> list[str]:
    """Return the transactions that an incident lists."""
    return [one["transaction_id"] for one in _fields(snapshot)["transactions"]]


def _fields(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot.to_dict() or {}
