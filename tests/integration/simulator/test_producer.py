import numpy as np
import pytest
from confluent_kafka import Message

from infra.local.servers.kafka import Kafka
from simulator.clock import Clock
from simulator.errors import KafkaUnavailableError
from simulator.publishing.producer import PaymentProducer
from simulator.publishing.session import publish
from tests.integration.simulator.conftest import NewTopic
from tests.integration.simulator.records import records
from tests.integration.simulator.test_idempotence import DEADLINE, numbered


def client(kafka: Kafka) -> dict[str, str]:
    return {"bootstrap.servers": kafka.bootstrap_servers}


def test_a_topic_that_is_not_there_is_named(kafka: Kafka) -> None:
    with pytest.raises(KafkaUnavailableError, match="no-such-topic"):
        PaymentProducer(client(kafka), "no-such-topic").connect()


def test_every_delivery_is_reported_with_its_position(kafka: Kafka, topic: str) -> None:
    positions: dict[bytes | None, tuple[int | None, int | None]] = {}

    def delivered(_code: int, message: Message) -> None:
        positions[message.value()] = (message.partition(), message.offset())

    producer = PaymentProducer(client(kafka), topic, delivered)
    producer.send(numbered(0, 500))
    assert producer.flush(DEADLINE) == 0
    found = records(kafka.bootstrap_servers, topic)
    assert positions == {record.value: (record.partition, record.offset) for record in found}
    assert producer.delivered == len(found) == 500


def test_messages_the_broker_refuses_are_counted_and_the_others_delivered(kafka: Kafka, new_topic: NewTopic) -> None:
    small = new_topic(max_message_bytes="1000")
    too_long = numbered(0, 3)
    too_long.values[1] = np.random.default_rng(1).bytes(2_000)  # nothing that compression makes small
    for on_delivered in (None, lambda _code, _message: None):
        producer = PaymentProducer(client(kafka) | {"linger.ms": "0"}, small, on_delivered)
        for row in range(3):
            producer.send(too_long[row : row + 1])
            assert producer.flush(DEADLINE) == 0
        assert producer.failures == {"MSG_SIZE_TOO_LARGE": 1}
        assert producer.delivered == 2


def test_a_message_that_never_leaves_is_counted_too(kafka: Kafka, topic: str) -> None:
    producer = PaymentProducer(client(kafka), topic)
    beyond_the_producer = numbered(0, 2)
    beyond_the_producer.values[0] = bytes(7_000_000)
    outcome = publish([beyond_the_producer], producer, lambda _count: None, Clock())
    assert outcome.failures == {"MSG_SIZE_TOO_LARGE": 1}
    assert (outcome.delivered, outcome.unconfirmed, outcome.complete) == (1, 0, False)


def test_a_full_queue_makes_the_producer_wait(kafka: Kafka, topic: str) -> None:
    producer = PaymentProducer(client(kafka), topic)
    for part in range(6):
        producer.send(numbered(part * 50_000, 50_000))
    assert producer.flush(DEADLINE) == 0
    assert producer.delivered == len(records(kafka.bootstrap_servers, topic)) == 300_000
