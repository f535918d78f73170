"""A worker that dies between any two of its writes, again and again: the request completes, and its receipt is right.

The deaths are in-process so that each of them comes at its own line; the stores are real.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from secrets import token_hex
from threading import Lock
from typing import Any

import pytest
from google.cloud import firestore

from fraud.card_action import Action
from fraud.erasure import Erasure, Step
from fraud.erasure_mark import Mark
from fraud.erasure_receipt import Receipt, Retention, chain_breaks
from fraud.subject import Subject
from fraud_service.cards import Cards
from fraud_service.clients import cache_client
from fraud_service.erased_cards import ErasedCards
from fraud_service.erasure_worker import ErasureWorker, Stores
from fraud_service.erasures import Erasures
from fraud_service.raw_topic import RawTopic, RawTopicSettings
from fraud_service.subject_cache import SubjectCache
from fraud_service.subject_cards import SubjectCards
from fraud_service.subject_documents import SubjectDocuments
from fraud_service.subject_rows import SubjectRows
from fraud_service.warehouse import Value, Warehouse, warehouse
from tests.builders import TOPIC
from tests.integration.gdpr_erasure.estate import AUDIT, BY_CARD, Estate

HOUR = timedelta(hours=1)
FOUND = {
    "bigquery.payment_transactions": 2,
    "bigquery.payment_transactions_fraud": 2,
    "bigquery.fraud_velocity_alerts": 2,
    "bigquery.pii_masking_audit": 2,
    "firestore.alerts": 2,
    "firestore.reviews": 2,
    "firestore.cards": 1,
    "firestore.deliveries": 2,
    "firestore.incidents": 1,
    "redis.alert_stream": 2,
    "redis.counted_alerts": 2,
    "redis.live_alerts": 1,
}


class KilledError(BaseException):
    """The process has died here."""


@dataclass
class Life:
    """How many more calls a process makes before it dies."""

    calls: int
    _spending: Lock = field(default_factory=Lock)

    def spend(self) -> None:
        with self._spending:  # statements of different tables go on side by side
            if self.calls == 0:
                raise KilledError
            self.calls -= 1


class MortalWarehouse(Warehouse):
    """BigQuery, asked by a process that may die before and after each statement."""

    life: Life

    def run(self, statement: str, **values: Value) -> list[dict[str, Any]]:
        self.life.spend()
        rows = super().run(statement, **values)
        self.life.spend()
        return rows


@dataclass(frozen=True)
class MortalErasures(Erasures):
    """The record, kept by a process that may die before and after each write."""

    life: Life

    def save(self, erasures: Iterable[Erasure]) -> None:
        self.life.spend()
        super().save(erasures)
        self.life.spend()

    def complete(self, erasures: Iterable[Erasure], retention: Retention, now: datetime) -> list[Receipt]:
        self.life.spend()
        receipts = super().complete(erasures, retention, now)
        self.life.spend()
        return receipts


@dataclass(frozen=True)
class MortalErasedCards(ErasedCards):
    """The marks of erased cards, kept likewise."""

    life: Life

    def add(self, marks: Mapping[str, Mark], expires_at: datetime) -> None:
        self.life.spend()
        super().add(marks, expires_at)
        self.life.spend()


@pytest.fixture
def documents(estate: Estate) -> Iterator[firestore.Client]:
    """A Firestore of its own, so that the session's function does not do the work."""
    del estate
    with_own_project = firestore.Client(f"mortal-{token_hex(4)}")
    yield with_own_project
    with_own_project.close()


def worker(documents: firestore.Client, life: Life) -> ErasureWorker:
    mortal = MortalWarehouse(warehouse()._client, "payment_data")
    mortal.life = life
    rows = SubjectRows(mortal, TOPIC)
    stores = Stores(
        SubjectCache(cache_client(), rows),
        SubjectDocuments(documents),
        SubjectCards(Cards(documents, cache_client()), 24 * HOUR),
        rows,
        MortalErasedCards(documents, life),
    )
    retention = Retention(25 * HOUR, 48 * HOUR, 168 * HOUR, 168 * HOUR)
    topic = RawTopic(RawTopicSettings())
    return ErasureWorker(MortalErasures(documents, life), stores, topic, retention, lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Trace:
    """What a blocked card with two alerts has left, beside a payment of a stranger."""

    here: Estate
    token: str
    account: str
    stranger: str


@pytest.fixture
def trace(estate: Estate, documents: firestore.Client) -> Trace:
    here = Estate(estate.stack, estate.tables, documents, estate.redis)
    left = Trace(here, token_hex(32), f"ACC_{token_hex(4)}", token_hex(32))
    last = here.append(2)
    for transaction in [f"TXN_{token_hex(6)}" for _ in range(2)]:
        here.pay(left.token, last, transaction_id=transaction, sender_account_id=left.account)
        here.alert(left.token, left.account, transaction)
    here.pay(left.stranger, last - 1)
    here.act(left.token, Action.BLOCK_CARD)
    here.settle()
    return left


def killed_until_done(documents: firestore.Client) -> int:
    """Let workers work that live for one call, then two, and so on until one ends by itself; return the deaths."""
    for calls in count():
        try:
            worker(documents, Life(calls)).work(lambda: True)
        except KilledError:
            continue
        return calls
    raise AssertionError


def test_a_worker_that_dies_between_any_two_writes(trace: Trace, documents: firestore.Client) -> None:
    request = Erasures(documents).accept(Subject("card_token", [trace.token]), "dpo", datetime.now(UTC))

    deaths = killed_until_done(documents)

    assert deaths >= 12  # before and after each of the longest step's six calls
    done = Erasures(documents).find(request.request_id)
    assert done
    assert done.step is Step.DONE
    receipts, head = Erasures(documents).chain()
    assert chain_breaks(receipts, head) == []
    [receipt] = receipts
    assert {store.store: store.found for store in receipt.stores if store.found} == FOUND
    assert {kept.store for kept in receipt.kept} == {"firestore.cards", "firestore.erased_cards"}
    assert_nothing_is_left(trace)


def assert_nothing_is_left(trace: Trace) -> None:
    """The subject is gone but for the evidence and the bare block; the stranger is as before."""
    here = trace.here
    assert here.rows_left(trace.token) == dict.fromkeys(BY_CARD, 0)
    assert [row["erasure_requested"] for row in here.rows(trace.token, AUDIT)] == [True, True]
    assert here.documents_left(trace.token) == {f"cards/{trace.token}"}
    assert here.incident(trace.account) is None
    assert here.rows_left(trace.stranger) == dict.fromkeys(BY_CARD, 1) | {"payment_late_events": 0}
