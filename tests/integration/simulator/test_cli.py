import hashlib
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON
from fraud.payments.event import InvalidPaymentError, parse_payment
from infra.local.servers.kafka import PARTITIONS, Kafka
from tests.integration.simulator.conftest import NewTopic
from tests.integration.simulator.records import Record, records

REPOSITORY = Path(__file__).parents[3]
FAULTS = ("--duplicates", "0.05", "--late", "0.02", "--malformed", "0.02")


def simulator(kafka: Kafka, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "simulator", *map(str, arguments)],
        cwd=REPOSITORY,
        env={"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY}/functions", **kafka.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(kafka: Kafka, *arguments: str | Path) -> tuple[int, str]:
    process = simulator(kafka, *arguments)
    output, errors = process.communicate(timeout=120)
    return process.returncode, output + errors


def dispositions(found: Sequence[Record]) -> dict[tuple[int, int], str]:
    """What the contract makes of records, read one after the other by append time."""
    seen: set[str] = set()
    decided = {}
    for record in sorted(found, key=lambda record: (record.appended, record.partition, record.offset)):
        decided[record.partition, record.offset] = _disposition(record, seen)
    return decided


def _disposition(record: Record, seen: set[str]) -> str:
    try:
        payment = parse_payment(record.value or b"")
    except InvalidPaymentError:
        return "REJECTED"
    if payment.event_time - record.appended > CLOCK_TOLERANCE:
        return "REJECTED"
    if record.appended - payment.event_time > DEDUPLICATION_HORIZON:
        return "LATE"
    if payment.event.transaction_id in seen:
        return "DUPLICATE"
    seen.add(payment.event.transaction_id)
    return "ACCEPTED"


def ledger_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("scenario", ["normal", "card-testing", "legitimate-burst", "account-takeover"])
def test_the_ledger_is_the_truth_of_every_position(kafka: Kafka, topic: str, tmp_path: Path, scenario: str) -> None:
    ledger = tmp_path / "ledger.ndjson"
    options = ("--count", "5000", "--rate", "100", "--seed", "7", "--no-pace", "--topic", topic)
    status, output = run(kafka, "--scenario", scenario, *options, *FAULTS, "--ledger", ledger)
    entries, found = ledger_of(ledger), records(kafka.bootstrap_servers, topic)
    assert status == 0, output
    assert len(entries) == len(found) == 5_000
    assert {(entry["partition"], entry["offset"]): entry["disposition"] for entry in entries} == dispositions(found)
    assert {entry["topic"] for entry in entries} == {topic}
    assert {entry["label"] for entry in entries} == {"normal", scenario}


def test_amounts_of_the_ledger_are_those_in_kafka(kafka: Kafka, topic: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.ndjson"
    options = ("--count", "2000", "--no-pace", "--topic", topic, "--ledger", ledger)
    _, output = run(kafka, *options)
    sums: Counter[str] = Counter()
    for record in records(kafka.bootstrap_servers, topic):
        payment = parse_payment(record.value or b"")
        sums[payment.event.currency] += payment.amount  # type: ignore[assignment]  # Counter's types know int only
    for currency, amount in sums.items():
        assert f"accepted {currency} {Decimal(amount):,f}\n" in output


def test_the_same_seed_and_start_give_the_same_records(kafka: Kafka, new_topic: NewTopic) -> None:
    options = ("--count", "3000", "--seed", "7", "--start", "2026-11-22T09:00:00Z", "--no-pace", *FAULTS)
    twice = []
    for topic in (new_topic(), new_topic()):
        status, output = run(kafka, *options, "--topic", topic)
        assert status == 0, output
        twice.append(by_key(records(kafka.bootstrap_servers, topic)))
    assert twice[0] == twice[1]


def by_key(found: list[Record]) -> dict[bytes, list[bytes | None]]:
    """The values of each key in order; Kafka keeps no order between keys, nor among messages without one."""
    values: dict[bytes, list[bytes | None]] = {}
    for record in found:
        values.setdefault(record.key or hashlib.sha256(record.value or b"").digest(), []).append(record.value)
    return values


def test_paced_events_are_on_time(kafka: Kafka, topic: str) -> None:
    status, output = run(kafka, "--rate", "200", "--duration", "3", "--topic", topic)
    found = records(kafka.bootstrap_servers, topic)
    assert status == 0, output
    assert len(found) == 600
    delays = [(record.appended - parse_payment(record.value or b"").event_time).total_seconds() for record in found]
    # Kafka's append time is in milliseconds; the first second goes by until the first message is ready.
    assert min(delays) > -0.002
    assert sorted(delays)[len(delays) // 2] < 1.0


def test_replay_publishes_lines_as_they_stand(kafka: Kafka, topic: str, tmp_path: Path) -> None:
    lines = [b' {"sender_account_id":"ACC_100","amount":1.10}', b"no json", b"\xff\xfe", b'{"sender_account_id":7}\r']
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join([*lines, b"", b"  ", lines[0]]) + b"\n")
    status, output = run(kafka, "replay", "--topic", topic, file)
    found = records(kafka.bootstrap_servers, topic)
    assert status == 0, output
    assert "5 lines sent" in output
    assert Counter(record.value for record in found) == Counter([*lines, lines[0]])
    assert {record.value: record.key for record in found} == dict.fromkeys(lines) | {lines[0]: b"ACC_100"}


def test_ctrl_c_delivers_what_was_sent_and_sums_up(kafka: Kafka, topic: str) -> None:
    process = simulator(kafka, "--rate", "100", "--duration", "600", "--topic", topic)
    _await_first_record(kafka, topic)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    delivered = re.search(r"^([\d,]+) messages delivered", output, re.MULTILINE)
    assert delivered
    assert int(delivered[1].replace(",", "")) == len(records(kafka.bootstrap_servers, topic)) > 0


def _await_first_record(kafka: Kafka, topic: str) -> None:
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "test"})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        assert consumer.poll(30.0)
    finally:
        consumer.close()


def test_a_failed_delivery_is_said_so_and_ends_with_1(kafka: Kafka, new_topic: NewTopic) -> None:
    small = new_topic(max_message_bytes="100000")
    status, output = run(kafka, "--count", "500", "--malformed", "0.2", "--no-pace", "--topic", small)
    assert status == 1
    assert "messages were not delivered: MSG_SIZE_TOO_LARGE" in output


def test_a_topic_that_is_not_there_is_named(kafka: Kafka) -> None:
    began = monotonic()
    status, output = run(kafka, "--count", "5", "--topic", "no-such-topic")
    assert status == 1
    assert "no-such-topic" in output
    assert monotonic() - began < 30


def test_one_core_makes_and_delivers_fifty_thousand_events_a_second(kafka: Kafka, topic: str) -> None:
    status, output = run(kafka, "--count", "400000", "--rate", "50000", "--no-pace", "--topic", topic)
    rate = re.search(r"([\d,]+) events per CPU-second", output)
    assert status == 0, output
    assert rate
    assert int(rate[1].replace(",", "")) >= 50_000
