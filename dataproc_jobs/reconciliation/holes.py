"""Offsets that hold no record: a transaction's marker takes one, and so does each record of one that was aborted.

Who reads committed records, as the job does, is never given any. Kafka is asked here in the same way, from where a
disposition is missing; what it gives is looked at for its offset alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from fraud_stream.settings import KafkaSettings
from reconciliation.reach import KAFKA_PATIENCE_S, UnreadableStoreError

Span = tuple[int, int]
"""The first and the last of offsets that follow each other."""


@dataclass(frozen=True)
class Holes:
    """A topic, asked which of some offsets hold a committed record."""

    settings: KafkaSettings
    topic: str

    def records(self, partition: int, missing: Span) -> Iterator[int]:
        """Yield the offsets of a span that Kafka still holds at which there is a record.

        Raises UnreadableStoreError where Kafka does not answer.
        """
        first, last = missing
        consumer = Consumer(self.settings.client_options() | _OPTIONS)
        try:
            consumer.assign([TopicPartition(self.topic, partition, first)])
            while first <= last:
                offset = self._next(consumer)
                if offset is None or offset > last:
                    return
                yield offset
                first = offset + 1
        except KafkaException as error:
            raise UnreadableStoreError(f"Kafka: {error.args[0].str()}") from error
        finally:
            consumer.close()

    def _next(self, consumer: Consumer) -> int | None:
        """Return the offset of the next record, None where there is none up to the partition's end."""
        message = consumer.poll(KAFKA_PATIENCE_S)
        if message is None:
            raise UnreadableStoreError(f"Kafka: no answer about {self.topic} for {KAFKA_PATIENCE_S:.0f} s")
        error = message.error()
        if error is None:
            return message.offset()
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the library's public name for it
            return None
        raise KafkaException(error)


_OPTIONS: dict[str, str | int | bool] = {
    "group.id": "reconciliation",
    "enable.auto.commit": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "enable.partition.eof": True,
    "queued.min.messages": 1,
    "log_level": 2,
}
