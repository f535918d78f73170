"""A lease in Firestore: at most one process at a time does a piece of work, and another takes over once it has died."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from google.cloud import firestore

from fraud_service.document import reaching_firestore

COLLECTION = "leases"
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Lease:
    """The right to do what `name` says, for `life` from each renewal on."""

    documents: firestore.Client
    name: str
    life: timedelta
    holder: str = field(default_factory=lambda: uuid4().hex)

    def take(self, now: datetime) -> bool:
        """Take or renew the lease; False while another holder's lasts. Raises RetryableError without Firestore."""
        reference = self.documents.collection(COLLECTION).document(self.name)

        @firestore.transactional
        def claim(transaction: firestore.Transaction) -> bool:
            held = reference.get(transaction=transaction, timeout=TIMEOUT_S).to_dict()
            if held and held["holder"] != self.holder and held["expires_at"] > now:
                return False
            transaction.set(reference, {"holder": self.holder, "expires_at": now + self.life})
            return True

        with reaching_firestore():
            taken: bool = claim(self.documents.transaction())
            return taken
