"""Who looked at an account, a review or a card, and when (GDPR Art. 5(2), 32; PCI DSS 10.2.1.1).

What was looked at is kept as a digest: it answers "who has looked at this one?", tells of nobody, and stays when the
subject is erased.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud_service import clock
from fraud_service.stores.documents import documents, plain, reaching_firestore
from fraud_service.stores.foreign import ours
from fraud_service.stores.retention import EXPIRES_AT

COLLECTION = "looks"
LIFE = timedelta(days=400)
"""Longer than the year for which an audit trail is kept (PCI DSS 10.5.1)."""

TIMEOUT_S = 5.0
NOBODY = "not named"
"""Who looks locally without having given a name."""


class What(StrEnum):
    """What is looked at."""

    ACCOUNT = "account"
    REVIEW = "review"
    CARD = "card"


@dataclass(frozen=True)
class Look:
    """One look."""

    person: str
    at: datetime


@dataclass(frozen=True)
class Looks:
    """`looks/{id}`. Every method raises RetryableError while Firestore is down: nobody looks unrecorded."""

    documents: firestore.Client
    now: Callable[[], datetime] = clock.now

    def record(self, what: What, key: str, person: str | None) -> None:
        """Record that a person is about to be shown something."""
        moment = self.now()
        look = {"key": digest(what, key), "person": person or NOBODY, "at": moment, EXPIRES_AT: moment + LIFE}
        with reaching_firestore():
            self.documents.collection(COLLECTION).document(uuid4().hex).create(look, timeout=TIMEOUT_S)

    def at(self, what: What, key: str) -> list[Look]:
        """Return every look at something, the first one first."""
        query = self.documents.collection(COLLECTION).where(filter=FieldFilter("key", "==", digest(what, key)))
        with reaching_firestore():
            held = [plain(one.to_dict() or {}) for one in query.stream(timeout=TIMEOUT_S)]
        looks = [look for _, look in ours(f"firestore.{COLLECTION}", held, lambda one: Look(one["person"], one["at"]))]
        return sorted(looks, key=lambda look: look.at)


def record_look(what: What, key: str, person: str | None) -> None:
    """Record a look in this process's store."""
    Looks(documents()).record(what, key, person)


def digest(what: What, key: str) -> str:
    """Return the name under which what was looked at is remembered."""
    return hashlib.sha256(f"looked at {what} {key}".encode()).hexdigest()
