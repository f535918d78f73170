"""Who asked for an erasure or a report on the page, and when; free of identifiers.

In the cloud gdpr_erasure knows the page's own account only: the person stands here.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import structlog
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud_service.stores.documents import reaching_firestore

COLLECTION = "subject_acts"
TIMEOUT_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True)
class SubjectActs:
    """`subject_acts/{act_id}`. Every method raises RetryableError while Firestore is down."""

    documents: firestore.Client

    def begin(self, what: str, person: str, now: datetime, proposed_by: str | None = None) -> str:
        """Record that somebody asks, and who did before, before anything is done; return the act's id."""
        act_id = uuid4().hex
        act = {"what": what, "person": person, "proposed_by": proposed_by, "at": now, "outcome": None}
        with reaching_firestore():
            self.documents.collection(COLLECTION).document(act_id).create(act, timeout=TIMEOUT_S)
        return act_id

    def end(self, act_id: str, outcome: str) -> None:
        """Record the id of what came of it: an erasure's request, a report."""
        with reaching_firestore():
            self.documents.collection(COLLECTION).document(act_id).update({"outcome": outcome}, timeout=TIMEOUT_S)
        log.info("subject_act", act_id=act_id, outcome=outcome)

    def people(self, outcome: str) -> list[str]:
        """Return who asked for what has this id."""
        query = self.documents.collection(COLLECTION).where(filter=FieldFilter("outcome", "==", outcome))
        with reaching_firestore():
            acts = [snapshot.to_dict() or {} for snapshot in query.stream(timeout=TIMEOUT_S)]
        names = {act.get(role) for act in acts for role in ("person", "proposed_by")}
        return sorted(str(name) for name in names if name)
