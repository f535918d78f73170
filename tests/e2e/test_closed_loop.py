"""Seed example 1, the loop closed: the gateway asks before each charge, a rule blocks the card, a person lifts that."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest
from confluent_kafka import Producer
from google.cloud import firestore
from tenacity import Retrying, stop_after_delay, wait_fixed

from tests.builders import as_json, payment_event, rfc3339
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e

ACCOUNT = "ACC_closed_loop"
CARD = "5555555555554444"
"""Mastercard's published test number."""


@dataclass(frozen=True)
class Bank:
    """A payment gateway and the fraud team, as they call the system."""

    system: System
    documents: firestore.Client
    producer: Producer

    def charge(self, transaction_id: str, amount: str, at: datetime) -> dict[str, Any]:
        """Ask for a charge, publish the attempt with what was decided, and return the answer."""
        event = payment_event(
            transaction_id=transaction_id,
            amount=Decimal(amount),
            event_time=rfc3339(at),
            sender_account_id=ACCOUNT,
            credit_card=CARD,
            status="PENDING",
        )
        answer = self.call("AUTHORIZE_URL", "/authorize", event)
        status = "DECLINED" if answer["decision"] == "DECLINED" else "APPROVED"
        self.producer.produce("payment-events", as_json(event | {"status": status}), ACCOUNT)
        assert self.producer.flush(30) == 0
        return answer

    def call(self, address: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the JSON that a function answers; a body is posted."""
        connection = HTTPConnection(str(urlsplit(self.system.stack.environment[address]).netloc), timeout=30)
        headers = {"Content-Type": "application/json", "X-Caller": "jo"}
        connection.request("POST" if body else "GET", path, as_json(body) if body else None, headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def declined(self) -> Decimal:
        """Return what the warehouse says was prevented, in US dollars."""
        rows = self.system.query("select sum(amount_declined) as total from prevented_fraud where currency = 'USD'")
        return rows[0]["total"] or Decimal(0)


@dataclass(frozen=True)
class Attack:
    """Five charges of a dollar and one of 5,000, ten seconds apart, and what the gateway was told of each."""

    run: str
    start: datetime
    answers: list[dict[str, Any]]
    declined_before: Decimal

    def transaction(self, number: int) -> str:
        """Return the id of the charge, counted from 1."""
        return f"TXN_loop_{self.run}_{number}"


@pytest.fixture(scope="module")
def bank(system: System) -> Iterator[Bank]:
    environment = system.stack.environment
    documents = firestore.Client(environment["GOOGLE_CLOUD_PROJECT"])
    yield Bank(system, documents, Producer({"bootstrap.servers": environment["KAFKA_BOOTSTRAP_SERVERS"]}))
    documents.close()


@pytest.fixture(scope="module")
def attack(bank: Bank) -> Attack:
    attack = Attack(token_hex(4), datetime.now(UTC) - timedelta(seconds=60), [], bank.declined())

    def charge(number: int, amount: str) -> None:
        at = attack.start + timedelta(seconds=10 * number)
        attack.answers.append(bank.charge(attack.transaction(number), amount, at))

    for number in (1, 2, 3, 4):
        charge(number, "1.00")
    await_document(bank, f"alerts/{attack.transaction(4)}", lambda alert: alert["velocity_60s"] == 4)
    charge(5, "1.00")
    token = await_document(bank, f"reviews/{attack.transaction(5)}", bool)["card_token"]
    await_document(bank, f"cards/{token}", lambda card: card["action"] == "BLOCK_CARD")
    await_copy(bank, token)
    charge(6, "5000.00")
    return attack


def await_document(bank: Bank, path: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return a document once it is as wanted."""
    for attempt in Retrying(stop=stop_after_delay(90), wait=wait_fixed(0.2), reraise=True):
        with attempt:
            document = bank.documents.document(path).get().to_dict()
            assert document is not None, path
            assert wanted(document), document
            return document
    raise AssertionError(path)


def await_copy(bank: Bank, card_token: str) -> None:
    """Wait until the block has come to Redis too: until then Redis says that nothing is known of the card."""
    for attempt in Retrying(stop=stop_after_delay(90), wait=wait_fixed(0.05), reraise=True):
        with attempt:
            assert "BLOCK_CARD" in str(bank.system.redis.get(f"card:action:{card_token}"))


def test_the_first_four_charges_are_approved(attack: Attack) -> None:
    assert [answer["decision"] for answer in attack.answers[:4]] == ["APPROVED"] * 4
    assert [answer["velocity_60s"] for answer in attack.answers[:4]] == [1, 2, 3, 4]


def test_the_fifth_is_refused_before_the_stream_has_seen_it(attack: Attack) -> None:
    assert (attack.answers[4]["decision"], attack.answers[4]["reasons"]) == ("DECLINED", ["VELOCITY"])


def test_the_5000_dollars_are_refused_because_a_rule_blocked_the_card(bank: Bank, attack: Attack) -> None:
    assert attack.answers[5]["decision"] == "DECLINED"
    assert attack.answers[5]["reasons"][0] == "CARD_BLOCKED"
    review = bank.call("MANUAL_REVIEW_URL", f"/reviews/{attack.transaction(5)}")
    assert review["source"].startswith("rule:block-card@")


def test_prevented_fraud_shows_what_was_refused(bank: Bank, attack: Attack) -> None:
    for attempt in Retrying(stop=stop_after_delay(90), wait=wait_fixed(0.5), reraise=True):
        with attempt:
            assert bank.declined() - attack.declined_before == Decimal("5001.00")


def test_a_released_card_may_be_charged_again(bank: Bank, attack: Attack) -> None:
    token = bank.call("MANUAL_REVIEW_URL", f"/reviews/{attack.transaction(5)}")["card_token"]
    bank.call("MANUAL_REVIEW_URL", "/cards/release", {"card_token": token, "reason": "the customer travels"})

    later = bank.charge(f"TXN_loop_{attack.run}_later", "3.50", attack.start + timedelta(minutes=5))

    assert (later["decision"], later["reasons"]) == ("APPROVED", [])
