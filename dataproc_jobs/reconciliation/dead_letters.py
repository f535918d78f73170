"""The dead-letter topic: every rejected position's bytes stand there once, as far as Kafka still keeps them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from fraud_stream.settings import KafkaSettings
from reconciliation.finding import MOST, Difference, Finding, position
from reconciliation.positions import BLOCK
from reconciliation.reach import KAFKA_PATIENCE_S, Reach, UnreadableStoreError

Blocks = Sequence[Mapping[str, int]]


@dataclass(frozen=True)
class Letter:
    """A record of the dead-letter topic: the partition it stands in, and where it came from."""

    held_in: int
    partition: int
    offset: int


def check_dead_letters(reaches: Sequence[Reach], blocks: Blocks, letters: Iterable[Letter], *, whole: bool) -> Finding:
    """Compare the letters of each block of offsets with its rejected positions.

    Memory grows with blocks, not with letters: one job writes the letters of a partition in ascending order, so one
    that does not ascend is a repetition. `whole` says that Kafka has deleted none; else too few are no difference.
    """
    ends = {reach.partition: reach.end for reach in reaches}
    last: dict[tuple[int, int], int] = {}
    copied: Counter[tuple[int, int]] = Counter()
    repeated: list[Difference] = []
    for letter in letters:
        if letter.offset >= ends.get(letter.partition, 0):
            continue  # of a batch that is not finished
        place = letter.held_in, letter.partition
        if letter.offset <= last.get(place, -1) and len(repeated) < MOST:
            repeated.append(Difference(position(letter.partition, letter.offset), "again in the dead-letter topic"))
        last[place] = letter.offset
        copied[letter.partition, letter.offset // BLOCK] += 1
    wrong = [*repeated, *_miscounted(blocks, copied, whole=whole)]
    note = "" if whole else ", older ones deleted by Kafka"
    return Finding("dead-letter topic", f"{copied.total():,} dead letters{note}", list(islice(wrong, MOST)))


def _miscounted(blocks: Blocks, copied: Counter[tuple[int, int]], *, whole: bool) -> Iterator[Difference]:
    rejected = {(block["kafka_partition"], block["offset_block"]): block["rejected"] for block in blocks}
    for place in sorted({*rejected, *copied}):
        expected, found = rejected.get(place, 0), copied[place]
        if found > expected or (whole and found < expected):
            partition, number = place
            where = f"{position(partition, number * BLOCK)} to {(number + 1) * BLOCK - 1}"
            yield Difference(where, f"{found} dead letters of {expected} rejected positions")


@dataclass(frozen=True)
class DeadLetters:
    """What Kafka keeps of the dead-letter topic, read once from its beginning to its end."""

    settings: KafkaSettings
    topic: str
    source: str

    def is_whole(self) -> bool:
        """Tell whether Kafka has deleted nothing of it yet. Raises UnreadableStoreError."""
        consumer = self._consumer()
        try:
            return all(
                consumer.get_watermark_offsets(partition, KAFKA_PATIENCE_S)[0] == 0
                for partition in self._partitions(consumer)
            )
        except KafkaException as error:
            raise UnreadableStoreError(f"Kafka: {error.args[0].str()}") from error
        finally:
            consumer.close()

    def __iter__(self) -> Iterator[Letter]:
        consumer = self._consumer()
        try:
            partitions = self._partitions(consumer)
            consumer.assign(partitions)
            unread = {partition.partition for partition in partitions}
            while unread:
                message = consumer.poll(KAFKA_PATIENCE_S)
                if message is None:
                    raise UnreadableStoreError(f"Kafka: no answer about {self.topic} for {KAFKA_PATIENCE_S:.0f} s")
                unread -= _ended(message)
                yield from self._letter(message)
        except KafkaException as error:
            raise UnreadableStoreError(f"Kafka: {error.args[0].str()}") from error
        finally:
            consumer.close()

    def _letter(self, message: Message) -> Iterator[Letter]:
        headers: dict[str, bytes] = dict(cast("Any", message.headers() or ()))
        if headers.get("source-topic", b"").decode() == self.source:
            held_in = message.partition() or 0
            yield Letter(held_in, int(headers["source-partition"]), int(headers["source-offset"]))

    def _partitions(self, consumer: Consumer) -> list[TopicPartition]:
        known = consumer.list_topics(self.topic, KAFKA_PATIENCE_S).topics[self.topic].partitions
        return [TopicPartition(self.topic, number, 0) for number in sorted(known)]

    def _consumer(self) -> Consumer:
        own = {
            "group.id": "reconciliation",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "log_level": 2,
        }
        return Consumer(self.settings.client_options() | own)


def _ended(message: Message) -> set[int]:
    """Return the partition that this message says has been read to its end; raises KafkaException for an error."""
    error = message.error()
    if error is None:
        return set()
    if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001  the library's public name for it
        raise KafkaException(error)
    return {message.partition() or 0}
