from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from fraud_stream.settings import KafkaSettings
from fraud_stream.sinks.dead_letter import DeadLetter, DeadLetterTopic
from infra.local.servers.kafka import Kafka

GARBAGE = b"\x00" * 5_000_000


@pytest.fixture
def topics(kafka: Kafka, stack_environment: dict[str, str]) -> tuple[str, str]:
    """A raw topic of two partitions and a dead-letter topic."""
    raw = f"raw-{uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": stack_environment["KAFKA_BOOTSTRAP_SERVERS"]})
    config = {"max.message.bytes": "8388608"}
    for future in admin.create_topics(
        [NewTopic(raw, 2, 1, config=config), NewTopic(f"{raw}-dead", 1, 1, config=config)]
    ).values():
        future.result()
    return raw, f"{raw}-dead"


def letter(topic: str, partition: int, offset: int) -> DeadLetter:
    return DeadLetter(topic, partition, offset, "INVALID_FIELD", "amount")


def fill(topic: str, values: dict[int, list[bytes | None]]) -> None:
    producer = Producer(KafkaSettings().client_options() | {"message.max.bytes": 8_388_608})
    for partition, contents in values.items():
        for value in contents:
            producer.produce(topic, value, key=b"k", partition=partition)
    assert producer.flush(30) == 0


def committed(topic: str) -> Iterator[Message]:
    """Every committed message of the topic's only partition."""
    options = {"group.id": "reader", "isolation.level": "read_committed", "enable.partition.eof": True}
    consumer = Consumer(KafkaSettings().client_options() | options)
    consumer.assign([TopicPartition(topic, 0, 0)])
    while (message := consumer.poll(30)) is not None and not message.error():
        yield message
    consumer.close()


def test_rejected_bytes_arrive_as_they_were_with_reason_and_position(topics: tuple[str, str]) -> None:
    raw, dead = topics
    fill(raw, {0: [b"good", b"bad json", b"good", None], 1: [GARBAGE]})

    DeadLetterTopic(KafkaSettings(), dead, raw).copy([letter(raw, 0, 1), letter(raw, 0, 3), letter(raw, 1, 0)])

    messages = list(committed(dead))
    assert [message.value() for message in messages] == [b"bad json", None, GARBAGE]
    assert dict(messages[0].headers() or []) == {
        "reason": b"INVALID_FIELD",
        "field": b"amount",
        "source-topic": raw.encode(),
        "source-partition": b"0",
        "source-offset": b"1",
    }


def test_a_replay_copies_only_what_an_earlier_try_did_not(topics: tuple[str, str]) -> None:
    raw, dead = topics
    fill(raw, {0: [b"0", b"1", b"2"], 1: [b"3"]})
    first = [letter(raw, 0, 0), letter(raw, 0, 1)]

    DeadLetterTopic(KafkaSettings(), dead, raw).copy(first)
    DeadLetterTopic(KafkaSettings(), dead, raw).copy([*first, letter(raw, 0, 2), letter(raw, 1, 0)])

    assert [message.value() for message in committed(dead)] == [b"0", b"1", b"2", b"3"]


def test_a_try_that_died_in_its_transaction_leaves_nothing_behind(
    topics: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, dead = topics
    fill(raw, {0: [b"0", b"1"]})
    letters = [letter(raw, 0, 0), letter(raw, 0, 1)]

    with monkeypatch.context() as fault:
        fault.setattr("fraud_stream.sinks.dead_letter._progress", _die)
        with pytest.raises(KeyboardInterrupt):
            DeadLetterTopic(KafkaSettings(), dead, raw).copy(letters)
    DeadLetterTopic(KafkaSettings(), dead, raw).copy(letters)

    assert [message.value() for message in committed(dead)] == [b"0", b"1"]


def _die(_letters: object) -> None:
    raise KeyboardInterrupt
