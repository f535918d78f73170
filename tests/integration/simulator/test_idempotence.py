"""What the idempotent producer protects from, and what it does not: docs/kafka-idempotent-producer.md names these."""

import logging
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import numpy as np
import pytest
from confluent_kafka import Message, Producer

from infra.local.servers.kafka import Kafka
from infra.local.stack.local_stack import LocalStack
from simulator.messages.block import Block
from simulator.messages.truth import CODE_OF, Label, Truth
from simulator.publishing.producer import PRODUCER_SETTINGS, PaymentProducer
from tests.integration.simulator.records import Record, records

DEADLINE = 60.0
ACCOUNTS = 50
PAYMENT = CODE_OF[Truth(Label.NORMAL)]
# A broker that says nothing for a second is given up, so that the test need not wait a minute for a retry.
IMPATIENT = {"socket.timeout.ms": "1000"}


def numbered(first: int, count: int, padding: int = 0) -> Block:
    """Messages that say their number, then so many random bytes, on accounts in turn."""
    rng = np.random.default_rng(first)
    numbers = range(first, first + count)
    keys: list[bytes | None] = [b"ACC_%d" % (number % ACCOUNTS) for number in numbers]
    values: list[bytes | None] = [b"%d|%b" % (number, rng.bytes(padding)) for number in numbers]
    return Block(np.zeros(count, dtype=np.int64), keys, values, np.full(count, PAYMENT, dtype=np.uint8))


def numbers(found: list[Record]) -> list[int]:
    return [int((record.value or b"").partition(b"|")[0]) for record in found]


def assert_once_each_and_in_order(found: list[Record], count: int) -> None:
    assert Counter(numbers(found)) == Counter(range(count))
    for account in {record.key for record in found}:
        of_account = [record for record in found if record.key == account]
        assert len({record.partition for record in of_account}) == 1
        assert numbers(of_account) == sorted(numbers(of_account))


@contextmanager
def broker_that_does_not_answer(pid: int, until: Callable[[], bool]) -> Iterator[None]:
    """Let the kernel take requests for a frozen broker until a condition holds; then the broker works on them."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        deadline = monotonic() + DEADLINE
        while not until():
            assert monotonic() < deadline
    finally:
        os.kill(pid, signal.SIGCONT)


def test_the_same_bytes_sent_twice_by_the_application_are_two_records(kafka: Kafka, topic: str) -> None:
    producer = PaymentProducer({"bootstrap.servers": kafka.bootstrap_servers}, topic)
    producer.send(numbered(7, 1))
    producer.send(numbered(7, 1))
    assert producer.flush(DEADLINE) == 0
    first, second = records(kafka.bootstrap_servers, topic)
    assert (first.key, first.value) == (second.key, second.value)
    assert (second.partition, second.offset) == (first.partition, first.offset + 1)


def test_a_restarted_producer_that_sends_again_makes_a_second_record(kafka: Kafka, topic: str) -> None:
    for _ in ("before the restart", "after it"):
        producer = PaymentProducer({"bootstrap.servers": kafka.bootstrap_servers}, topic)
        producer.send(numbered(7, 1))
        assert producer.flush(DEADLINE) == 0
    assert numbers(records(kafka.bootstrap_servers, topic)) == [7, 7]


def test_a_lost_acknowledgement_is_retried_without_a_second_record(
    kafka: Kafka, local_stack: LocalStack, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    producer = PaymentProducer({"bootstrap.servers": kafka.bootstrap_servers, **IMPATIENT}, topic)
    producer.send(numbered(0, 1_000))
    assert producer.flush(DEADLINE) == 0

    caplog.set_level(logging.INFO)

    def gave_up_on_the_answer() -> bool:
        producer.flush(0.1)
        return "Timed out ProduceRequest" in caplog.text

    with broker_that_does_not_answer(local_stack.pids["kafka"], gave_up_on_the_answer):
        producer.send(numbered(1_000, 1_000))
    assert producer.flush(DEADLINE) == 0
    assert not producer.failures
    assert_once_each_and_in_order(records(kafka.bootstrap_servers, topic), 2_000)


def test_without_idempotence_the_same_lost_acknowledgement_makes_second_records(
    kafka: Kafka, local_stack: LocalStack, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"bootstrap.servers": kafka.bootstrap_servers, **IMPATIENT, **PRODUCER_SETTINGS}
    producer = Producer(settings | {"enable.idempotence": False, "logger": logging.getLogger("without idempotence")})
    produce(producer, topic, numbered(0, 1_000))
    assert producer.flush(DEADLINE) == 0

    caplog.set_level(logging.INFO)

    def gave_up_on_the_answer() -> bool:
        producer.flush(0.1)
        return "Timed out ProduceRequest" in caplog.text

    with broker_that_does_not_answer(local_stack.pids["kafka"], gave_up_on_the_answer):
        produce(producer, topic, numbered(1_000, 1_000))
    assert producer.flush(DEADLINE) == 0
    found = numbers(records(kafka.bootstrap_servers, topic))
    assert set(found) == set(range(2_000))
    assert len(found) > 2_000


def produce(producer: Producer, topic: str, block: Block) -> None:
    for key, value in zip(block.keys, block.values, strict=True):
        producer.produce(topic, value, key)


def test_a_broker_killed_during_production_loses_nothing_repeats_nothing_and_keeps_the_order(
    kafka: Kafka, local_stack: LocalStack, topic: str
) -> None:
    acknowledged: set[tuple[int | None, int | None]] = set()

    def delivered(_code: int, message: Message) -> None:
        acknowledged.add((message.partition(), message.offset()))

    producer = PaymentProducer({"bootstrap.servers": kafka.bootstrap_servers}, topic, delivered)
    producer.send(numbered(0, 20_000, padding=1_000))
    assert producer.flush(DEADLINE) == 0
    for first in (20_000, 40_000):
        block = numbered(first, 20_000, padding=1_000)
        producer.send(block)
        assert producer.waiting, "the broker is to be killed with messages on their way"
        os.kill(local_stack.pids["kafka"], signal.SIGKILL)
        local_stack.restart("kafka")
    assert producer.flush(DEADLINE) == 0
    assert not producer.failures
    found = records(kafka.bootstrap_servers, topic)
    assert_once_each_and_in_order(found, 60_000)
    assert {(record.partition, record.offset) for record in found} == acknowledged
