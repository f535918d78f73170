"""A subject's documents in Firestore: alerts, reviews and what else carries a card's token.

A document about a payment made after the request stays: it belongs to after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.erasure import Erasure, Run, Tally
from fraud_service.document import reaching_firestore

COLLECTIONS = ("alerts", "reviews", "decisions")
"""Every collection whose documents carry `card_token` and go with the subject."""

TIMEOUT_S = 10.0
IN_LIMIT = 30
"""Most values that one `in` filter takes."""

COMMIT_LIMIT = 400
"""Documents in one commit; Firestore takes 500."""

Item = TypeVar("Item")
Snapshot = firestore.DocumentSnapshot[firestore.DocumentReference]


@dataclass(frozen=True)
class SubjectDocuments:
    """The collections of the contract."""

    documents: firestore.Client

    def count(self, run: Run) -> Tally:
        """Return how many documents each erasure finds, by request and collection."""
        counts = run.tally(f"firestore.{name}" for name in COLLECTIONS)
        for owner, snapshot in self.found(run):
            counts[owner.request_id][f"firestore.{snapshot.reference.parent.id}"] += 1
        return counts

    def erase(self, run: Run) -> None:
        """Delete the documents, and what lies below them. Raises RetryableError while Firestore is down."""
        references = {snapshot.reference.path: snapshot.reference for _, snapshot in self.found(run)}
        with reaching_firestore():
            for reference in references.values():
                for below in reference.collections(timeout=TIMEOUT_S):
                    self.documents.recursive_delete(below)
            for some in portions(list(references.values()), COMMIT_LIMIT):
                batch = self.documents.batch()
                for reference in some:
                    batch.delete(reference)
                batch.commit(timeout=TIMEOUT_S)

    def found(self, run: Run) -> list[tuple[Erasure, Snapshot]]:
        """Return the documents of the run's subjects, each with the erasure it goes by."""
        with reaching_firestore():
            held = [one for name in COLLECTIONS for one in self.with_tokens(name, run.card_tokens)]
        return [
            (owner, snapshot)
            for snapshot in held
            for owner in run.owners(_fields(snapshot).get("card_token"))
            if not is_later(_fields(snapshot), owner.accepted_at)
        ]

    def with_tokens(self, collection: str, card_tokens: Sequence[str]) -> Iterator[Snapshot]:
        """Yield the documents of a collection that carry one of the tokens."""
        for some in portions(card_tokens, IN_LIMIT):
            condition = FieldFilter("card_token", "in", some)
            yield from self.documents.collection(collection).where(filter=condition).stream(timeout=TIMEOUT_S)


def portions(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in portions of at most `size`."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def is_later(fields: dict[str, Any], moment: datetime) -> bool:
    """Tell whether a document is about something that happened after a moment."""
    happened = fields.get("event_time")
    return isinstance(happened, datetime) and happened > moment


def _fields(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot.to_dict() or {}
