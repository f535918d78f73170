"""What is in a Kafka topic."""

from datetime import datetime
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from simulator.publishing.ledger import append_time


class Record(NamedTuple):
    """One record as a consumer sees it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    appended: datetime


def records(bootstrap_servers: str, topic: str) -> list[Record]:
    """Return everything that is in a topic now, each partition in its order."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap_servers, "group.id": "test", "isolation.level": "read_committed"}
        | {"enable.auto.commit": False, "enable.partition.eof": False, "auto.offset.reset": "earliest"}
    )
    try:
        return [record for start in _partitions(consumer, topic) for record in _read(consumer, start)]
    finally:
        consumer.close()


def _partitions(consumer: Consumer, topic: str) -> list[TopicPartition]:
    return [TopicPartition(topic, number, 0) for number in consumer.list_topics(topic, 10).topics[topic].partitions]


def _read(consumer: Consumer, start: TopicPartition) -> list[Record]:
    _, end = leader_asked(consumer.get_watermark_offsets, start, 10)
    consumer.assign([start])
    found: list[Record] = []
    while len(found) < end:
        messages = consumer.consume(end - len(found), timeout=20)
        assert messages, f"only {len(found)} of {end} records came within 20 s"
        found += map(_record, messages)
    return found


leader_asked = Retrying(
    retry=retry_if_exception_type(KafkaException), stop=stop_after_delay(60), wait=wait_fixed(0.1), reraise=True
)
"""Asks a broker again that was frozen or killed a moment ago: it has many words for not leading its partitions yet."""


def _record(message: Message) -> Record:
    if message.error():
        raise KafkaException(message.error())
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return Record(partition, offset, message.key(), message.value(), append_time(message))
