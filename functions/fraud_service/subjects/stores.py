"""Every store that holds something of a subject: counted, erased and barred together."""

from dataclasses import dataclass
from datetime import datetime

from fraud.erasure.receipt import Retention
from fraud.erasure.request import Run, Tally
from fraud_service.cards.erased import STORE as ERASED_CARDS
from fraud_service.cards.erased import ErasedCards
from fraud_service.stores.side_by_side import side_by_side
from fraud_service.subjects.cache import ERASED_CARDS as CACHED_MARKS
from fraud_service.subjects.cache import SubjectCache
from fraud_service.subjects.cards import SubjectCards
from fraud_service.subjects.documents import SubjectDocuments
from fraud_service.subjects.rows import SubjectRows


@dataclass(frozen=True)
class Stores:
    """Every store that holds something of a subject."""

    cache: SubjectCache
    documents: SubjectDocuments
    cards: SubjectCards
    rows: SubjectRows
    erased_cards: ErasedCards

    def bar(self, run: Run, retention: Retention, now: datetime) -> dict[str, dict[str, datetime]]:
        """Let nothing more be recorded of the run's payments; return what is kept for that, by request."""
        until = {ERASED_CARDS: now + retention.stray_messages, CACHED_MARKS: now + retention.raw_topic}
        marks = self.erased_cards.add(run.marks, until[ERASED_CARDS])
        self.cache.bar(marks, until[CACHED_MARKS])
        return {one.request_id: until for one in run.erasures if one.has_tokens}

    def count(self, run: Run, now: datetime) -> Tally:
        """Return what each erasure finds everywhere, by request and store."""
        parts = side_by_side(
            lambda: self.cache.count(run, now),
            lambda: self.documents.count(run),
            lambda: self.cards.count(run),
            lambda: self.rows.count(run),
        )
        ids = [erasure.request_id for erasure in run.erasures]
        return {request_id: {store: n for part in parts for store, n in part[request_id].items()} for request_id in ids}

    def erase(self, run: Run, now: datetime) -> dict[str, dict[str, datetime]]:
        """Erase everywhere, BigQuery last: its rows tell what is the subject's in Redis. Return what is kept."""
        kept, _, _ = side_by_side(
            lambda: self.cards.erase(run, now),
            lambda: self.documents.erase(run),
            lambda: self.cache.erase(run, now),
        )
        self.rows.erase(run, now)
        return kept
