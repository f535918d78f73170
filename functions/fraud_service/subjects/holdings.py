"""Everything that every store holds on a subject, for an access request and for the proof that nothing is left."""

from dataclasses import dataclass
from typing import Any

import msgspec

from fraud.alerts.names import STREAM
from fraud.subjects.report import PLACES, Holding, holding
from fraud.subjects.subject import Subject
from fraud_service.cards.erased import STORE as ERASED_CARDS
from fraud_service.cards.erased import ErasedCards
from fraud_service.cards.record import COLLECTION as CARDS
from fraud_service.stores.cache import cache_client, reaching_redis
from fraud_service.stores.documents import documents, plain, reaching_firestore
from fraud_service.stores.warehouse import warehouse
from fraud_service.subjects.cache import ERASED_CARDS as CACHED_MARKS
from fraud_service.subjects.cache import SubjectCache
from fraud_service.subjects.cards import KEPT_BY
from fraud_service.subjects.documents import SubjectDocuments
from fraud_service.subjects.rows import AUDIT, SubjectRows

LIMIT = 10_000
"""Most records of one store in a report; the report says where there are more."""


@dataclass(frozen=True)
class SubjectHoldings:
    """The stores, as they are looked through."""

    rows: SubjectRows

    @classmethod
    def connect(cls, topic: str) -> "SubjectHoldings":
        """Return the stores that the settings name."""
        return cls(SubjectRows(warehouse(), topic))

    def collect(self, named: Subject) -> list[Holding]:
        """Return what each store holds. Raises RetryableError while one is out of reach."""
        tokens = self.rows.tokens_by_hash(named.pii_hashes)
        subject = named.joined({token for found in tokens.values() for token in found})
        return [holding(place, self._records(place.store, subject), LIMIT) for place in PLACES]

    def _records(self, store: str, subject: Subject) -> list[dict[str, Any]]:
        kind, name = store.split(".")
        if kind == "bigquery":
            return self.rows.select(name, subject, LIMIT + 1)
        if store == CACHED_MARKS:
            return SubjectCache(cache_client(), self.rows).marks(subject.card_tokens)
        if kind == "redis":
            return _streamed(subject)
        if store == ERASED_CARDS:
            return [plain(document) for document in ErasedCards(documents()).held(subject.card_tokens)]
        with reaching_firestore():
            if name == CARDS:
                return _cards(subject)
            found = SubjectDocuments(documents()).with_tokens(name, subject.card_tokens)
            return [plain(snapshot.to_dict()) for snapshot in found]


def is_evidence(store: str, record: dict[str, Any]) -> bool:
    """Tell whether a record is one that an erasure leaves on purpose: a marked audit row, bare block, erased card."""
    if store == f"bigquery.{AUDIT}":
        return bool(record["erasure_requested"] and record["erasure_timestamp"]) and record["user_email"] is None
    return store in {ERASED_CARDS, CACHED_MARKS} or (store == f"firestore.{CARDS}" and record["source"] == KEPT_BY)


def _cards(subject: Subject) -> list[dict[str, Any]]:
    references = [documents().collection(CARDS).document(token) for token in subject.card_tokens]
    found = documents().get_all(references) if references else ()
    return [plain(snapshot.to_dict()) for snapshot in found if snapshot.exists]


def _streamed(subject: Subject) -> list[dict[str, Any]]:
    with reaching_redis():
        entries: Any = cache_client().xrange(STREAM)  # the client's own type allows for every protocol version
    alerts = (msgspec.json.decode(fields[b"alert"], type=dict[str, Any]) for _, fields in entries)
    return [alert for alert in alerts if subject.is_named_by(alert.get("card_token"), alert.get("pii_hash"))]
