"""What the job has finished: for each Kafka partition the offsets from its first batch to its last committed one."""

from dataclasses import dataclass
from datetime import datetime

from confluent_kafka import Consumer, KafkaException, TopicPartition

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.plan import ends, find_offset_log, offset_log
from fraud_stream.settings import KafkaSettings

KAFKA_PATIENCE_S = 15.0


class UnreadableStoreError(Exception):
    """A store cannot be asked, so nothing can be proved: says which and why."""


@dataclass(frozen=True)
class Reach:
    """A partition's offsets: the job has finished `first` up to `end` (exclusive); Kafka holds `begin` up to `top`."""

    partition: int
    first: int
    end: int
    begin: int
    top: int


def finished(checkpoint: Checkpoint, kafka: KafkaSettings, topic: str) -> list[Reach]:
    """Return how far the job got in each of the topic's partitions, in their order.

    Raises UnreadableStoreError when Kafka does not answer or the checkpoint holds no finished batch.
    """
    first, end = _read_by_first_batch(checkpoint, topic), _read_by_last_commit(checkpoint, topic)
    held = _held_by_kafka(kafka, topic)
    partitions = range(max([*held, *end, -1]) + 1)
    return [
        Reach(number, first.get(number, 0), end.get(number, first.get(number, 0)), *held.get(number, (0, 0)))
        for number in partitions
    ]


def writing_since(checkpoint: Checkpoint) -> datetime | None:
    """Return when the batch began that the job has begun and not finished, if there is one."""
    begun, done = checkpoint.numbers("offsets")[-1:], checkpoint.numbers("commits")[-1:]
    return offset_log(checkpoint, begun[0]).begun_at if begun != done else None


def _read_by_first_batch(checkpoint: Checkpoint, topic: str) -> dict[int, int]:
    content = checkpoint.read("sources/0/0")
    if content is None:
        raise UnreadableStoreError(f"checkpoint: no job has started on {checkpoint.path}")
    return ends(content.strip().split(b"\n")[-1]).get(topic, {})


def _read_by_last_commit(checkpoint: Checkpoint, topic: str) -> dict[int, int]:
    batches = checkpoint.numbers("commits")
    committed = find_offset_log(checkpoint, batches[-1]) if batches else None
    return ends(committed.source).get(topic, {}) if committed else {}


def _held_by_kafka(kafka: KafkaSettings, topic: str) -> dict[int, tuple[int, int]]:
    consumer = Consumer(
        kafka.client_options() | {"group.id": "reconciliation", "enable.auto.commit": False, "log_level": 2}
    )
    try:
        partitions = consumer.list_topics(topic, KAFKA_PATIENCE_S).topics[topic].partitions
        return {
            number: consumer.get_watermark_offsets(TopicPartition(topic, number), KAFKA_PATIENCE_S)
            for number in sorted(partitions)
        }
    except KafkaException as error:
        raise UnreadableStoreError(f"Kafka: {error.args[0].str()}") from error
    finally:
        consumer.close()
