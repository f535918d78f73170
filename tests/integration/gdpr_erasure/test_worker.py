"""A worker that dies between any two of its writes, again and again: the request completes, and its receipt is right.

The deaths are in-process so that each of them comes at its own line; the stores are real.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from secrets import token_hex
from threading import Lock
from typing import Any

import pytest
import redis
from google.cloud import firestore

from fraud.cards import Action
from fraud.erasure.receipt import Retention, chain_breaks
from fraud.erasure.request import Step
from fraud.subjects.subject import Subject
from fraud_service.cards.erased import ErasedCards
from fraud_service.cards.record import Cards
from fraud_service.erasure.record import Erasures
from fraud_service.erasure.worker import ErasureWorker
from fraud_service.lists.record import ListCopy
from fraud_service.stores.raw_topic import RawTopic, RawTopicSettings
from fraud_service.stores.warehouse import Value, Warehouse, warehouse
from fraud_service.subjects.cache import SubjectCache
from fraud_service.subjects.cards import SubjectCards
from fraud_service.subjects.documents import SubjectDocuments
from fraud_service.subjects.lists import SubjectLists
from fraud_service.subjects.profiles import SubjectProfiles
from fraud_service.subjects.rows import SubjectRows
from fraud_service.subjects.stores import Stores
from tests.builders import TOPIC
from tests.integration.gdpr_erasure.estate import AUDIT, BY_CARD, Estate

HOUR = timedelta(hours=1)
FOUND = {
    "bigquery.payment_transactions": 2,
    "bigquery.payment_transactions_fraud": 2,
    "bigquery.fraud_velocity_alerts": 2,
    "bigquery.payment_labels": 2,
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

    calls: float = inf
    _spending: Lock = field(default_factory=Lock)

    def spend(self) -> None:
        with self._spending:  # stores and statements of different tables go on side by side
            if self.calls <= 0:
                raise KilledError
            self.calls -= 1

    @contextmanager
    def around(self) -> Iterator[None]:
        """Die before or after what is done."""
        self.spend()
        yield
        self.spend()


class MortalWarehouse(Warehouse):
    """BigQuery, asked by a process that may die before and after each statement."""

    life: Life

    def run(self, statement: str, **values: Value) -> list[dict[str, Any]]:
        with self.life.around():
            return super().run(statement, **values)


class MortalFirestore(firestore.Client):
    """Firestore, in which each commit may be the last: a step's record, a mark, a deletion."""

    life = Life()

    @property
    def _firestore_api(self) -> Any:  # noqa: ANN401  the generated client's, which the library types as such
        return MortalCommits(super()._firestore_api, self.life)


@dataclass(frozen=True)
class MortalCommits:
    """The generated client of Firestore."""

    real: Any
    life: Life

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the client has
        return getattr(self.real, name)

    def commit(self, **arguments: object) -> object:
        with self.life.around():
            return self.real.commit(**arguments)


class MortalRedis(redis.Redis):
    """Redis, asked likewise."""

    life = Life()

    def execute_command(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401  as the library has it
        with self.life.around():
            return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]  # untyped in its library

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Any:  # noqa: ANN401
        self.life.spend()
        return super().pipeline(transaction, shard_hint)


@pytest.fixture
def documents(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Iterator[MortalFirestore]:
    """A Firestore of its own, so that the session's function does not do the work; receipts are sealed by its keys."""
    monkeypatch.setenv("PII_HMAC_KEYS_FILE", str(estate.stack.workspace.hmac_keys_file))
    with_own_project = MortalFirestore(f"mortal-{token_hex(4)}")
    yield with_own_project
    with_own_project.close()  # type: ignore[no-untyped-call]  # untyped in its library


@pytest.fixture
def cache(estate: Estate) -> Iterator[MortalRedis]:
    """The stack's Redis."""
    with MortalRedis.from_url(estate.stack.environment["REDIS_URL"]) as client:
        assert isinstance(client, MortalRedis)
        yield client


def worker(documents: MortalFirestore, cache: MortalRedis, life: Life) -> ErasureWorker:
    """Return a worker all of whose calls are of one life."""
    mortal = MortalWarehouse(warehouse()._client, "payment_data")
    mortal.life = documents.life = cache.life = life
    rows = SubjectRows(mortal, TOPIC)
    stores = Stores(
        SubjectCache(cache, rows),
        SubjectDocuments(documents),
        SubjectCards(Cards(documents, cache), 24 * HOUR),
        SubjectLists(documents, ListCopy(cache), 24 * HOUR),
        rows,
        SubjectProfiles(mortal),
        ErasedCards(documents),
    )
    retention = Retention(25 * HOUR, 48 * HOUR, 168 * HOUR, 168 * HOUR)
    topic = RawTopic(RawTopicSettings())
    return ErasureWorker(Erasures(documents), stores, topic, retention, lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Trace:
    """What a blocked card with two alerts has left, beside a payment of a stranger."""

    here: Estate
    token: str
    account: str
    stranger: str


@pytest.fixture
def trace(estate: Estate, documents: MortalFirestore) -> Trace:
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


def killed_until_done(documents: MortalFirestore, cache: MortalRedis, request_id: str) -> Counter[Step]:
    """Let workers work that live for no call, one, two, and so on, anew from each step; return each step's deaths."""
    deaths: Counter[Step] = Counter()
    before, calls = reached(documents, request_id), 0
    while True:
        try:
            worker(documents, cache, Life(calls)).work(lambda: True)
        except KilledError:
            deaths[before[0]] += 1
            after = reached(documents, request_id)
            before, calls = after, calls + 1 if after == before else 0
        else:
            return deaths


def reached(documents: MortalFirestore, request_id: str) -> tuple[Step, int]:
    """Return the step that a request is at, and in which sweep."""
    documents.life = Life()
    held = Erasures(documents).find(request_id)
    assert held
    return held.step, held.sweep


def test_a_worker_that_dies_between_any_two_writes(
    trace: Trace, documents: MortalFirestore, cache: MortalRedis
) -> None:
    request = Erasures(documents).accept(Subject("card_token", [trace.token]), "dpo", datetime.now(UTC))

    deaths = killed_until_done(documents, cache, request.request_id)

    assert deaths.keys() == set(Step) - {Step.DONE}
    assert deaths[Step.ERASE] >= 15  # before and after each call; some go on side by side
    documents.life = Life()
    done = Erasures(documents).find(request.request_id)
    assert done
    assert done.step is Step.DONE
    chain, head = Erasures(documents).chain()
    assert chain_breaks([receipt for receipt, _ in chain], head) == []
    [(receipt, _)] = chain
    assert {store.store: store.found for store in receipt.stores if store.found} == FOUND
    assert {kept.store for kept in receipt.kept} == {"firestore.cards", "firestore.erased_cards", "redis.erased_cards"}
    assert_nothing_is_left(trace)


def assert_nothing_is_left(trace: Trace) -> None:
    """The subject is gone but for the evidence and the bare block; the stranger is as before."""
    here = trace.here
    assert here.rows_left(trace.token) == dict.fromkeys(BY_CARD, 0)
    assert [row["erasure_requested"] for row in here.rows(trace.token, AUDIT)] == [True, True]
    assert here.documents_left(trace.token) == {f"cards/{trace.token}"}
    assert here.incident(trace.account) is None
    assert here.rows_left(trace.stranger) == dict.fromkeys(BY_CARD, 1) | {"payment_late_events": 0}
