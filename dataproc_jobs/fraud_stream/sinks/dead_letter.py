"""Rejected bytes, copied from the raw topic to the dead-letter topic exactly once.

They never travel through Spark: the copy reads them by position and writes them in one Kafka transaction with
its own progress (the committed offset of a consumer group), so a replay finds how far an earlier try got.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from tenacity import retry, retry_if_exception, stop_after_delay, wait_exponential_jitter

from fraud_stream.settings import KafkaSettings

MAX_MESSAGE_BYTES = 8_388_608
TIMEOUT_S = 30.0
NEAR = 1_000
"""Positions closer than this are reached by reading on, farther ones by a seek."""

_COORDINATOR_MOVES = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE}
)


@dataclass(frozen=True)
class DeadLetter:
    """A rejected position, why, and the field to blame if there is one."""

    topic: str
    partition: int
    offset: int
    reason: str
    field: str | None


@dataclass(frozen=True)
class DeadLetterTopic:
    """The copy's Kafka side; `owner` names one writer (its transactional id), so that a successor fences a zombie."""

    settings: KafkaSettings
    topic: str
    owner: str

    def copy(self, letters: Sequence[DeadLetter]) -> None:
        """Copy rejected positions, given in ascending order, that no earlier try has copied.

        Raises KafkaException when Kafka stays out of reach, TimeoutError when the raw record is gone.
        """
        if not letters:
            return
        producer = self._producer()
        with closing(self._consumer()) as consumer:
            pending = _not_copied(consumer, letters)
            if pending:
                self._copy_in_transaction(producer, consumer, pending)

    def _copy_in_transaction(self, producer: Producer, consumer: Consumer, letters: Sequence[DeadLetter]) -> None:
        producer.begin_transaction()
        try:
            for letter, message in _read(consumer, letters):
                producer.produce(self.topic, message.value(), message.key(), headers=headers(letter))
                producer.poll(0)
            producer.send_offsets_to_transaction(_progress(letters), consumer.consumer_group_metadata(), TIMEOUT_S)
            producer.commit_transaction(TIMEOUT_S)
        except BaseException:
            producer.abort_transaction(TIMEOUT_S)
            raise

    def _producer(self) -> Producer:
        producer = Producer(
            self.settings.client_options()
            | {
                "transactional.id": self.owner,
                "message.max.bytes": MAX_MESSAGE_BYTES,
                "compression.type": "lz4",
                "linger.ms": 5,
            }
        )
        producer.init_transactions(TIMEOUT_S)
        return producer

    def _consumer(self) -> Consumer:
        return Consumer(
            self.settings.client_options()
            | {
                "group.id": self.owner,
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
                "fetch.message.max.bytes": MAX_MESSAGE_BYTES,
                "queued.max.messages.kbytes": 16_384,
            }
        )


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and (
        error.args[0].retriable() or error.args[0].code() in _COORDINATOR_MOVES
    )


@retry(
    retry=retry_if_exception(_is_passing),
    wait=wait_exponential_jitter(multiplier=0.05, max=2),
    stop=stop_after_delay(TIMEOUT_S),
    reraise=True,
)
def _not_copied(consumer: Consumer, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    partitions = sorted({(letter.topic, letter.partition) for letter in letters})
    committed = consumer.committed([TopicPartition(*partition) for partition in partitions], TIMEOUT_S)
    progress = {(at.topic, at.partition): at.offset for at in committed}
    return [letter for letter in letters if letter.offset >= progress[letter.topic, letter.partition]]


def _progress(letters: Sequence[DeadLetter]) -> list[TopicPartition]:
    last = {(letter.topic, letter.partition): letter.offset for letter in letters}
    return [TopicPartition(*partition, offset + 1) for partition, offset in last.items()]


def _read(consumer: Consumer, letters: Sequence[DeadLetter]) -> Iterator[tuple[DeadLetter, Message]]:
    previous: DeadLetter | None = None
    for letter in letters:
        if previous is None or not _is_near(previous, letter):
            consumer.assign([TopicPartition(letter.topic, letter.partition, letter.offset)])
        yield letter, _message_at(consumer, letter)
        previous = letter


def _is_near(previous: DeadLetter, letter: DeadLetter) -> bool:
    is_same = (previous.topic, previous.partition) == (letter.topic, letter.partition)
    return is_same and letter.offset - previous.offset < NEAR


def _message_at(consumer: Consumer, letter: DeadLetter) -> Message:
    deadline = monotonic() + TIMEOUT_S
    while monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is not None and message.error():
            raise KafkaException(message.error())
        if message is not None and message.offset() == letter.offset:
            return message
    raise TimeoutError(f"{letter.topic}/{letter.partition} gave no record at offset {letter.offset}")


def headers(letter: DeadLetter) -> list[tuple[str, Any]]:
    """Return where a dead letter came from and why, as record headers (UTF-8 text)."""
    texts = {
        "reason": letter.reason,
        "field": letter.field or "",
        "source-topic": letter.topic,
        "source-partition": str(letter.partition),
        "source-offset": str(letter.offset),
    }
    return [(name, text.encode()) for name, text in texts.items()]
