"""Every store that holds something of a subject: counted, erased, barred and reported together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from fraud.erasure.receipt import Retention
from fraud.erasure.request import Run, Tally
from fraud.subjects.report import PLACES, Holding, holding
from fraud.subjects.subject import Subject
from fraud_service.cards.erased import STORE as ERASED_CARDS
from fraud_service.cards.erased import ErasedCards
from fraud_service.cards.record import Cards
from fraud_service.lists.record import ListCopy
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.side_by_side import side_by_side
from fraud_service.stores.warehouse import warehouse
from fraud_service.subjects.cache import ERASED_CARDS as CACHED_MARKS
from fraud_service.subjects.cache import SubjectCache
from fraud_service.subjects.cards import BLOCK_LIFE, KEPT_BY, SubjectCards
from fraud_service.subjects.cards import STORE as CARDS
from fraud_service.subjects.documents import SubjectDocuments
from fraud_service.subjects.lists import STORE as LISTS
from fraud_service.subjects.lists import SubjectLists
from fraud_service.subjects.profiles import SubjectProfiles
from fraud_service.subjects.rows import AUDIT_STORE, SubjectRows

LIMIT = 10_000
"""Most records of one store in a report; the report says where there are more."""

Record = dict[str, Any]
Kept = dict[str, dict[str, datetime]]
"""Until when a store keeps something on purpose, by request and store."""

Value = TypeVar("Value")


class SubjectStore(Protocol):
    """One system that holds something of a subject; each raises RetryableError while it is out of reach."""

    def count(self, run: Run, now: datetime) -> Tally:
        """Return what each erasure finds, by request and store."""

    def erase(self, run: Run, now: datetime) -> Kept:
        """Erase it, and return what is kept; repeated, it changes nothing more."""

    def held(self, subject: Subject, limit: int) -> Mapping[str, list[Record]]:
        """Return what is held, by store; at most `limit` records where a store may hold many."""


@dataclass(frozen=True)
class Stores:
    """Every store that holds something of a subject."""

    cache: SubjectCache
    documents: SubjectDocuments
    cards: SubjectCards
    lists: SubjectLists
    rows: SubjectRows
    profiles: SubjectProfiles
    erased_cards: ErasedCards

    @classmethod
    def connected(cls, topic: str, block_life: timedelta = BLOCK_LIFE) -> "Stores":
        """Return the stores of this process; `topic` is the raw topic whose offsets bound a sweep."""
        rows = SubjectRows(warehouse(), topic)
        cards = SubjectCards(Cards(documents(), cache_client()), block_life)
        return cls(
            SubjectCache(cache_client(), rows),
            SubjectDocuments(documents()),
            cards,
            SubjectLists(documents(), ListCopy(cache_client()), block_life),
            rows,
            SubjectProfiles(warehouse()),
            ErasedCards(documents()),
        )

    def bar(self, run: Run, retention: Retention, now: datetime) -> Kept:
        """Let nothing more be recorded of the run's payments; return what is kept for that, by request."""
        until = {ERASED_CARDS: now + retention.stray_messages, CACHED_MARKS: now + retention.raw_topic}
        marks = self.erased_cards.add(run.marks, until[ERASED_CARDS])
        self.cache.bar(marks, until[CACHED_MARKS])
        return {one.request_id: until for one in run.erasures if one.has_tokens}

    def count(self, run: Run, now: datetime) -> Tally:
        """Return what each erasure finds everywhere, by request and store."""
        return _joined(side_by_side(*(partial(store.count, run, now) for store in self._all)))

    def erase(self, run: Run, now: datetime) -> Kept:
        """Erase everywhere, BigQuery last: its rows tell what is the subject's in Redis. Return what is kept."""
        kept = side_by_side(*(partial(store.erase, run, now) for store in self._before_rows))
        return _joined([*kept, self.rows.erase(run, now), self.profiles.erase(run, now)])

    def held(self, named: Subject) -> list[Holding]:
        """Return what each store holds on a subject. Raises RetryableError while one is out of reach."""
        tokens = self.rows.tokens_by_hash(named.pii_hashes)
        subject = named.joined({token for of_hash in tokens.values() for token in of_hash})
        records: dict[str, list[Record]] = {ERASED_CARDS: self.erased_cards.held(subject.card_tokens)}
        for store in self._all:
            records |= store.held(subject, LIMIT + 1)
        return [holding(place, records[place.store], LIMIT) for place in PLACES]

    def left(self, subject: Subject) -> dict[str, int]:
        """Return how many records, by store, are more than what an erasure leaves on purpose."""
        counts = {
            one.place.store: sum(not _is_evidence(one.place.store, record) for record in one.records)
            for one in self.held(subject)
        }
        return {store: number for store, number in counts.items() if number}

    @property
    def _all(self) -> tuple[SubjectStore, ...]:
        return *self._before_rows, self.rows, self.profiles

    @property
    def _before_rows(self) -> tuple[SubjectStore, ...]:
        return self.cards, self.lists, self.documents, self.cache


def _is_evidence(store: str, record: Record) -> bool:
    """Tell whether a record is one that an erasure leaves on purpose: a marked audit row, bare block, erased card."""
    if store == AUDIT_STORE:
        return bool(record["erasure_requested"] and record["erasure_timestamp"]) and record["user_email"] is None
    if store == LISTS:
        return bool(record["author"] == KEPT_BY)
    return store in {ERASED_CARDS, CACHED_MARKS} or (store == CARDS and record["source"] == KEPT_BY)


def _joined(parts: Iterable[Mapping[str, Mapping[str, Value]]]) -> dict[str, dict[str, Value]]:
    joined: dict[str, dict[str, Value]] = {}
    for part in parts:
        for request_id, by_store in part.items():
            joined.setdefault(request_id, {}).update(by_store)
    return joined
