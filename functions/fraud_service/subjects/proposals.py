"""Two privacy officers for one act: what the first asks for waits until another asks for the same subject and act.

The second names the subject anew, so nothing that names it is kept, and a slip of the first is not confirmed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore

from fraud_service.stores.documents import plain, reaching_firestore
from fraud_service.stores.foreign import ours

COLLECTION = "subject_proposals"
LIFE = timedelta(hours=24)
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Proposals:
    """`subject_proposals/{what}-{subject_key}`. Every method raises RetryableError while Firestore is down."""

    documents: firestore.Client

    def other(self, what: str, subject_key: str, person: str, now: datetime) -> str | None:
        """Return who else has asked for the same within a day; None, and it is recorded that this person asks."""
        proposed = {"what": what, "person": person, "at": now, "expires_at": now + LIFE}
        document = self._document(what, subject_key)
        with reaching_firestore():
            try:
                document.create(proposed, timeout=TIMEOUT_S)
            except AlreadyExists:
                held = plain(document.get(timeout=TIMEOUT_S).to_dict() or {})
            else:
                return None
            for _, (first, expires_at) in ours(f"firestore.{COLLECTION}", [held], _proposed):
                if expires_at > now:
                    return first if first.casefold() != person.casefold() else None
            document.set(proposed, timeout=TIMEOUT_S)
        return None

    def close(self, what: str, subject_key: str) -> None:
        """Forget a proposal that has been done."""
        with reaching_firestore():
            self._document(what, subject_key).delete(timeout=TIMEOUT_S)

    def _document(self, what: str, subject_key: str) -> firestore.DocumentReference:
        return self.documents.collection(COLLECTION).document(f"{what}-{subject_key}")


def _proposed(held: dict[str, Any]) -> tuple[str, datetime]:
    """Return who proposed it, and until when that holds."""
    if not isinstance(held["expires_at"], datetime):
        raise TypeError("no moment")
    return str(held["person"]), held["expires_at"]
