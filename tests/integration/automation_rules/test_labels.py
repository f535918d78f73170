"""Labels by HTTP and from reviews, as they stand in BigQuery afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from secrets import token_hex

import pytest

from fraud.cards import Action
from fraud.reviews import Verdict, claimed, decided, opened
from fraud_service.stores.documents import to_document
from sql.connection import connect
from sql.settings import Settings
from sql.warehouse import Warehouse
from tests.builders import make_alert
from tests.integration.automation_rules.conftest import System
from tests.integration.sql.rows import insert, read

COLUMNS = "transaction_id, is_fraud, source, card_token, kafka_offset"


@pytest.fixture(scope="module")
def warehouse(system: System) -> Iterator[Warehouse]:
    """The dataset that rule_desk writes to."""
    assert system.stack.environment
    dataset = connect(Settings())
    with dataset.client:
        yield dataset


@pytest.fixture
def paid(warehouse: Warehouse) -> str:
    """A payment of a hundred days ago."""
    return stored(warehouse, timedelta(days=100))


def stored(warehouse: Warehouse, age: timedelta) -> str:
    name = f"TXN_{token_hex(6)}"
    row = {"transaction_id": name, "event_time": datetime.now(UTC) - age, "card_token": f"card of {name}"}
    insert(warehouse, "payment_transactions", row | {"kafka_offset": 7})
    return name


def labels(warehouse: Warehouse, name: str) -> list[tuple[object, ...]]:
    return read(warehouse, "payment_labels", f"transaction_id = '{name}'", COLUMNS)


def told(*labels: tuple[str, bool], source: str = "CHARGEBACK", at: datetime | None = None) -> dict[str, object]:
    moment = (at or datetime.now(UTC)).isoformat()
    fields = [{"transaction_id": name, "is_fraud": truth, "observed_at": moment} for name, truth in labels]
    return {"source": source, "labels": fields}


def test_a_chargeback_of_a_hundred_days_later_is_kept_once(system: System, warehouse: Warehouse, paid: str) -> None:
    body = told((paid, True), ("TXN_nobody", True))
    for _ in range(2):
        assert system.call("POST", "/labels", body) == (HTTPStatus.OK, {"labels": 2, "unknown": ["TXN_nobody"]})
    assert labels(warehouse, paid) == [(paid, True, "CHARGEBACK", f"card of {paid}", 7)]


def test_a_later_word_stands_beside_the_earlier_one(system: System, warehouse: Warehouse, paid: str) -> None:
    system.call("POST", "/labels", told((paid, True)))
    system.call("POST", "/labels", told((paid, False)))
    assert sorted(str(row[1]) for row in labels(warehouse, paid)) == ["False", "True"]


def test_what_was_known_before_the_payment_is_not_of_it(system: System, warehouse: Warehouse, paid: str) -> None:
    body = told((paid, True), at=datetime.now(UTC) - timedelta(days=101))
    assert system.call("POST", "/labels", body)[1]["unknown"] == [paid]
    assert labels(warehouse, paid) == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (told(("TXN_1", True), source="REVIEW"), 422, "source"),
        (told(("TXN_1", True), source="RUMOUR"), 400, "source"),
        (told(("TXN_1", True), at=datetime(2999, 1, 1, tzinfo=UTC)), 422, "labels[0].observed_at"),
        (told(), 400, "labels"),
        (
            {"source": "CHARGEBACK", "labels": [{"transaction_id": "TXN_1", "is_fraud": True}]},
            400,
            "labels[0].observed_at",
        ),
        (told(("x" * 65, True)), 400, "labels[0].transaction_id"),
    ],
)
def test_a_bad_one_is_refused_by_its_field(system: System, body: object, status: int, field: str) -> None:
    answered, problem = system.call("POST", "/labels", body)
    assert (answered, problem["field"]) == (status, field)


def test_a_verdict_becomes_a_label(system: System, warehouse: Warehouse) -> None:
    name, now = stored(warehouse, timedelta(minutes=5)), datetime.now(UTC)
    review = opened(make_alert(transaction_id=name), Action.MANUAL_REVIEW, "rule:look@1", "why", now)
    review = decided(claimed(review, "jo", now), "jo", Verdict.FALSE_POSITIVE, "", now)
    system.documents.collection("reviews").document(name).set(to_document(review))
    for _ in range(2):
        status, answer = system.call("POST", "/")
        assert status == HTTPStatus.OK
        assert answer["verdicts"] >= 1
    assert labels(warehouse, name) == [(name, False, "REVIEW", f"card of {name}", 7)]
