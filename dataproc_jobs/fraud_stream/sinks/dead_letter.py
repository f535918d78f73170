"""Rejected bytes, copied from the raw topic to the dead-letter topic exactly once.

They never travel through Spark: the copy reads them by position and writes them in one Kafka transaction with
its own progress (the committed offset of a consumer group), so a replay finds how far an earlier try got. Whatever
Kafka took, the stream goes on: what is too long for the topic is cut, what nobody can read is pointed at.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from tenacity import retry, retry_if_exception, stop_after_delay, wait_exponential_jitter

from fraud_stream.settings import KafkaSettings
from fraud_stream.sinks.rejected_record import CUT_BYTES, Copy, DeadLetter, loads, read

TOPIC_BYTES = 8_388_608
"""What the dead-letter topic takes, `max.message.bytes`: of a compressed record. The producer counts before that."""

WHOLE_BYTES = TOPIC_BYTES - 65_536
"""Longest key and value together that are copied whole, compressible or not."""

TIMEOUT_S = 30.0

_COORDINATOR_MOVES = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE}
)


class RefusedCopyError(Exception):
    """The topic takes no record of that length."""


@dataclass(frozen=True)
class DeadLetterTopic:
    """The copy's Kafka side; `owner` names one writer (its transactional id), so that a successor fences a zombie."""

    settings: KafkaSettings
    topic: str
    owner: str

    def copy(self, letters: Sequence[DeadLetter]) -> None:
        """Copy rejected positions, given in ascending order, that no earlier try has copied.

        Raises KafkaException or TimeoutError when Kafka stays out of reach.
        """
        if not letters:
            return
        producer = self._producer()
        with closing(self._consumer()) as consumer:
            _meet(consumer, letters[0].topic)
            pending = _not_copied(consumer, letters)
            for load in loads(read(consumer, pending)):
                try:
                    self._copy_in_transaction(producer, consumer, load, WHOLE_BYTES)
                except RefusedCopyError:  # the topic takes less than the stack gives it
                    producer = self._producer()  # the other one is of no use after such an answer
                    self._copy_in_transaction(producer, consumer, load, CUT_BYTES)

    def _copy_in_transaction(self, producer: Producer, consumer: Consumer, load: Sequence[Copy], limit: int) -> None:
        refusals: list[int] = []

        def noted(error: KafkaError | None, _message: Message) -> None:
            refusals.extend([error.code()] if error else [])

        producer.begin_transaction()
        try:
            for copy in load:
                value, key, headers = copy.within(limit)
                producer.produce(self.topic, value, key, headers=headers, on_delivery=noted)
                producer.poll(0)
            letters = [copy.letter for copy in load]
            producer.send_offsets_to_transaction(_progress(letters), consumer.consumer_group_metadata(), TIMEOUT_S)
            producer.commit_transaction(TIMEOUT_S)
        except BaseException as error:
            producer.abort_transaction(TIMEOUT_S)
            if limit > CUT_BYTES and KafkaError.MSG_SIZE_TOO_LARGE in refusals:
                raise RefusedCopyError from error
            raise

    def _producer(self) -> Producer:
        producer = Producer(
            self.settings.client_options()
            | {
                "transactional.id": self.owner,
                "message.max.bytes": TOPIC_BYTES,
                "compression.type": "lz4",
                "linger.ms": 5,
            }
        )
        _meet(producer, self.topic)
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
                "fetch.message.max.bytes": TOPIC_BYTES,
                "queued.max.messages.kbytes": 16_384,
            }
        )


def _meet(client: Producer | Consumer, topic: str) -> None:
    """Let a client ask where a topic is, and wait: it would look again by a clock of half a second or a whole one."""
    client.list_topics(topic, TIMEOUT_S)


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
