"""The whole system as a user meets it: payments in, rows, keys and messages out.

The tests run in order and share one stack: each waits for what it has sent.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, TopicPartition
from jsonschema import Draft202012Validator

from fraud.alerts.alert import decode_alert
from infra.local.machine.workspace import REPOSITORY
from simulator.publishing.ledger import Entry
from tests.card_scan.scan import scan
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e

Entries = Callable[[Path], list[Entry]]


@pytest.fixture(scope="module")
def card_testing(system: System, entries: Entries, tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """Seed example 1, a minute of it at once, after which everything has been written."""
    ledger = tmp_path_factory.mktemp("card-testing") / "ledger.ndjson"
    start = (datetime.now(UTC) - timedelta(seconds=60)).isoformat(timespec="seconds").replace("+00:00", "Z")
    options = f"--scenario card-testing --background 0 --no-pace --duration 60 --seed 7 --start {start}"
    system.simulate(*options.split(), "--ledger", str(ledger))
    sent = entries(ledger)
    system.await_settled()
    return sent


def test_card_testing_is_seen_charge_by_charge(system: System, card_testing: list[Entry]) -> None:
    rows = system.query(
        "select transaction_id, velocity_60s, severity, velocity_fraud_peers, fraud_score, risk_flags, reason_codes, "
        "amount "
        "from payment_transactions_fraud where sender_account_id = 'ACC_100' order by event_time"
    )

    ids = [entry.transaction_id for entry in card_testing]
    assert [row["transaction_id"] for row in rows] == ids
    assert [row["velocity_60s"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["severity"] for row in rows] == [None, None, None, "HIGH", "CRITICAL", "CRITICAL"]
    assert rows[3]["velocity_fraud_peers"] == ids[:4]
    assert [row["fraud_score"] for row in rows] == [0, 0, 0, 40, 55, 100]
    flags = [flag for row in rows for flag in row["risk_flags"]]
    assert flags == [*["VELOCITY_60S"] * 3, "SMALL_THEN_LARGE"]
    assert rows[5]["reason_codes"][1] == (
        "SMALL_THEN_LARGE (45): card_small_1h is 5 (at least 2), amount_usd is 5000 (at least 100)"
    )
    assert [row["amount"] for row in rows] == [*[Decimal("1.00")] * 5, Decimal("5000.00")]


def test_card_testing_stands_in_redis(system: System, card_testing: list[Entry]) -> None:
    live = json.loads(str(system.redis.get("fraud:alerts:sender:ACC_100")))

    assert (live["transaction_id"], live["velocity_count"], live["severity"]) == (
        card_testing[5].transaction_id,
        6,
        "CRITICAL",
    )
    assert 0 < system.redis.ttl("fraud:alerts:sender:ACC_100") <= 300
    assert system.redis.get("fraud:count:sender:ACC_100") == "3"
    assert 0 < system.redis.ttl("fraud:count:sender:ACC_100") <= 3600
    assert system.redis.sismember("fraud:alerts:accounts", "ACC_100")


def test_card_testing_is_announced(system: System, card_testing: list[Entry]) -> None:
    received = system.subscriber.pull(subscription=system.subscription, max_messages=100).received_messages
    alerts = [decode_alert(one.message.data) for one in received]

    flagged = [entry.transaction_id for entry in card_testing[3:]]
    assert [alert.transaction_id for alert in alerts if alert.sender_account_id == "ACC_100"] == flagged
    schema = Draft202012Validator(json.loads((REPOSITORY / "docs" / "alert.schema.json").read_text()))
    assert all(schema.is_valid(json.loads(one.message.data, parse_float=Decimal)) for one in received)
    assert [one.message.ordering_key for one in received] == [alert.sender_account_id for alert in alerts]
    assert next(alert.severity for alert in alerts if alert.sender_account_id == "ACC_100") == "HIGH"


def test_a_legitimate_burst_is_flagged_by_velocity(system: System, entries: Entries, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.ndjson"
    options = "--scenario legitimate-burst --background 0 --no-pace --duration 60 --seed 8"
    system.simulate(*options.split(), "--ledger", str(ledger))
    sent = entries(ledger)
    system.await_settled()

    rows = system.query("select transaction_id, velocity_60s from fraud_velocity_alerts where currency = 'USD'")

    assert {"transaction_id": sent[3].transaction_id, "velocity_60s": 4} in rows
    assert "ACC_200" in system.redis.smembers("fraud:alerts:accounts")


@pytest.fixture(scope="module")
def traffic(system: System, entries: Entries, tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """Ordinary payments with every kind of fault, after which everything has been written."""
    ledger = tmp_path_factory.mktemp("traffic") / "ledger.ndjson"
    options = "--count 8000 --rate 400 --no-pace --seed 9 --duplicates 0.02 --late 0.01 --malformed 0.02"
    system.simulate(*options.split(), "--ledger", str(ledger))
    sent = entries(ledger)
    system.await_settled()
    return sent


def test_every_position_has_the_disposition_the_simulator_foretold(system: System, traffic: list[Entry]) -> None:
    rows = system.query("select kafka_partition, kafka_offset, disposition from pii_masking_audit")
    stored = {(row["kafka_partition"], row["kafka_offset"]): row["disposition"] for row in rows}

    foretold = {(entry.partition, entry.offset): entry.disposition for entry in traffic}
    assert len(stored) == len(rows)
    assert {position: stored.get(position) for position in foretold} == foretold
    assert set(Counter(foretold.values())) == {"ACCEPTED", "DUPLICATE", "LATE", "REJECTED"}


def test_amounts_are_exact_per_currency(system: System, traffic: list[Entry]) -> None:
    accepted = [entry for entry in traffic if entry.disposition == "ACCEPTED"]
    sent: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for entry in accepted:
        sent[entry.currency] += Decimal(str(entry.amount))
    ids = {entry.transaction_id for entry in accepted}

    stored: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for row in system.query("select transaction_id, currency, amount from payment_transactions"):
        if row["transaction_id"] in ids:
            stored[row["currency"]] += row["amount"]
    assert stored == sent


def test_positions_reconcile(system: System, traffic: list[Entry]) -> None:
    # another test has stored an account's past, which no job of this topic has read
    rows = system.query("select * from reconciliation where kafka_topic = 'payment-events'")

    assert len(rows) > 1
    assert all(row["is_complete"] for row in rows), rows
    assert sum(row["positions"] for row in rows) >= len(traffic)


def test_rejected_bytes_are_kept_with_their_reason(system: System, traffic: list[Entry]) -> None:
    letters = {(header(letter, "source-partition"), header(letter, "source-offset")) for letter in dead_letters(system)}

    rejected = {(str(entry.partition), str(entry.offset)) for entry in traffic if entry.disposition == "REJECTED"}
    assert rejected <= letters
    stored = system.query("select kafka_partition, kafka_offset, reason from payment_dead_letters")
    assert {(str(row["kafka_partition"]), str(row["kafka_offset"])) for row in stored} == letters


@pytest.mark.usefixtures("traffic")
def test_every_position_is_proved(system: System) -> None:
    proof = system.verify()

    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "not finished" not in proof.stdout
    assert "alerts of the last hour" in proof.stdout
    assert "Not looked at" not in proof.stdout


def test_no_card_number_stands_outside_kafka(system: System, traffic: list[Entry]) -> None:
    home = system.stack.workspace.home

    assert len(traffic) > 100
    assert any(scan(home, besides=())), "the raw zone is where card data is: a scan that finds none there sees nothing"
    assert list(scan(home)) == []


def dead_letters(system: System) -> list[Message]:
    return list(messages(system, "payment-events-dead-letter"))


def messages(system: System, topic: str) -> Iterator[Message]:
    """Every committed message of a topic."""
    options = {
        "bootstrap.servers": system.stack.environment["KAFKA_BOOTSTRAP_SERVERS"],
        "group.id": "end-to-end",
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "fetch.message.max.bytes": 8_388_608,
    }
    consumer = Consumer(options)
    partitions = list(consumer.list_topics(topic).topics[topic].partitions)
    for partition in partitions:
        consumer.assign([TopicPartition(topic, partition, 0)])
        while (message := consumer.poll(30)) is not None and not message.error():
            yield message
    consumer.close()


def header(message: Message, name: str) -> str:
    value = dict(message.headers() or [])[name]
    assert isinstance(value, bytes)
    return value.decode()
