import hashlib
from collections.abc import Iterator
from secrets import token_bytes
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from fraud_stream.settings import KafkaSettings
from fraud_stream.sinks.dead_letter import DeadLetterTopic
from fraud_stream.sinks.rejected_record import CUT_BYTES, DeadLetter
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


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_what_no_message_can_hold_is_cut_and_the_stream_goes_on(topics: tuple[str, str], codec: str) -> None:
    raw, dead = topics
    long = b"[" * (7_950_000 if codec == "none" else 9_000_000)
    options = {"message.max.bytes": 100_000_000, "compression.type": codec}
    producer = Producer(KafkaSettings().client_options() | options)
    producer.produce(raw, long, key=long[:400_000], partition=0)
    producer.produce(raw, None, key=None, partition=0)
    producer.produce(
        raw, b"many headers", partition=0, headers=[(f"name-{number}", b"value") for number in range(10_000)]
    )
    producer.produce(raw, b"", key=b"", partition=0)
    assert producer.flush(30) == 0

    letters = [letter(raw, 0, offset) for offset in range(4)]
    DeadLetterTopic(KafkaSettings(), dead, raw).copy(letters)
    DeadLetterTopic(KafkaSettings(), dead, raw).copy(letters)

    messages = list(committed(dead))
    told = dict(messages[0].headers() or [])
    assert [message.value() for message in messages] == [long[: CUT_BYTES // 2], None, b"many headers", b""]
    assert told["length"] == str(len(long)).encode()
    assert told["sha256"] == hashlib.sha256(long).hexdigest().encode()


def test_a_topic_that_takes_less_than_it_should_gets_cut_records(topics: tuple[str, str]) -> None:
    raw, small = topics[0], f"{topics[0]}-small"
    admin = AdminClient({"bootstrap.servers": KafkaSettings().kafka_bootstrap_servers})
    admin.create_topics([NewTopic(small, 1, 1, config={"max.message.bytes": "200000"})])[small].result()
    content = token_bytes(300_000)
    fill(raw, {0: [content, b"short"]})

    DeadLetterTopic(KafkaSettings(), small, raw).copy([letter(raw, 0, 0), letter(raw, 0, 1)])

    assert [message.value() for message in committed(small)] == [content[: CUT_BYTES // 2], b"short"]


def test_a_record_that_its_retention_has_deleted_is_pointed_at(topics: tuple[str, str]) -> None:
    raw, dead = topics
    fill(raw, {0: [b"gone", b"there"]})
    admin = AdminClient({"bootstrap.servers": KafkaSettings().kafka_bootstrap_servers})
    for future in admin.delete_records([TopicPartition(raw, 0, 1)]).values():
        future.result()

    DeadLetterTopic(KafkaSettings(), dead, raw).copy([letter(raw, 0, 0), letter(raw, 0, 1)])

    messages = list(committed(dead))
    assert [message.value() for message in messages] == [None, b"there"]
    assert dict(messages[0].headers() or [])["unread"] == b"GONE"


def test_a_record_too_long_to_be_decompressed_is_pointed_at(topics: tuple[str, str]) -> None:
    raw, dead = topics
    producer = Producer(
        KafkaSettings().client_options() | {"message.max.bytes": 300_000_000, "compression.type": "zstd"}
    )
    producer.produce(raw, bytes(150_000_000), partition=0)
    producer.produce(raw, b"next", partition=0)
    assert producer.flush(60) == 0

    DeadLetterTopic(KafkaSettings(), dead, raw).copy([letter(raw, 0, 0), letter(raw, 0, 1)])

    messages = list(committed(dead))
    assert [message.value() for message in messages] == [None, b"next"]
    assert dict(messages[0].headers() or [])["unread"] == b"CANNOT_DECOMPRESS"


def test_many_rejected_records_are_copied_in_several_transactions(
    topics: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud_stream.sinks.rejected_record.LOAD_RECORDS", 10)
    raw, dead = topics
    fill(raw, {0: [b"%d" % number for number in range(25)]})

    DeadLetterTopic(KafkaSettings(), dead, raw).copy([letter(raw, 0, offset) for offset in range(25)])

    assert [message.value() for message in committed(dead)] == [b"%d" % number for number in range(25)]


def _die(_letters: object) -> None:
    raise KeyboardInterrupt
