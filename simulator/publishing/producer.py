"""The idempotent Kafka producer: every message is delivered or its failure is known. docs/kafka-idempotent-producer.md

The queue between the application and Kafka is bounded: a producer that is faster than its brokers waits.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from itertools import repeat
from types import MappingProxyType

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from simulator.errors import KafkaUnavailableError
from simulator.messages.block import Block
from simulator.messages.truth import TRUTHS

DELIVERY_TIMEOUT = 120.0
"""Seconds until a message that no broker has acknowledged is reported as failed."""

PRODUCER_SETTINGS: Mapping[str, str | int | bool] = MappingProxyType(
    {
        "enable.idempotence": True,
        "acks": "all",
        "max.in.flight.requests.per.connection": 5,
        "retries": 2147483647,
        "retry.backoff.ms": 100,
        # A broker that comes back is used again within a second; the default waits up to ten.
        "reconnect.backoff.max.ms": 1000,
        "delivery.timeout.ms": int(DELIVERY_TIMEOUT * 1000),
        # A payment may wait 5 ms for company: batches cost broker and network a fraction of single messages.
        "linger.ms": 5,
        "compression.type": "lz4",
        # The hash of Java clients: an account's payments are in one partition whoever produces them.
        "partitioner": "murmur2_random",
        # Above any payment, so that oversized garbage reaches the consumers that must cope with it.
        "message.max.bytes": 6_291_456,
        "queue.buffering.max.messages": 200_000,
        "queue.buffering.max.kbytes": 262_144,
    }
)

Delivered = Callable[[int, Message], None]
"""Called with the truth code and the message, its partition, offset and append time known."""

Report = Callable[[KafkaError | None, Message], None]


class PaymentProducer:
    """Publishes blocks to one topic in order. Callbacks run in `send` and `flush`, in the caller's thread.

    With `on_delivered` each delivery is reported; without, failures alone are, which costs nothing per message.
    """

    def __init__(
        self, client: Mapping[str, str | int | bool], topic: str, on_delivered: Delivered | None = None
    ) -> None:
        self._topic = topic
        self._on_delivered = on_delivered
        self._reports = [partial(self._reported, code) for code in range(len(TRUTHS))] if on_delivered else None
        self._connection_error: KafkaError | None = None
        self._producer = Producer(
            {
                **client,
                **PRODUCER_SETTINGS,
                "delivery.report.only.error": on_delivered is None,
                "on_delivery": self._failed,
                "error_cb": self._note_error,
                "logger": logging.getLogger(__name__),
            }
        )
        self.attempted = 0
        self.failures: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many messages are neither delivered nor failed yet, or their report has not been heard."""
        return len(self._producer)

    @property
    def delivered(self) -> int:
        """How many messages a broker has acknowledged."""
        return self.attempted - self.waiting - self.failures.total()

    def connect(self, timeout: float = 10.0) -> None:
        """Ask a broker for the topic; raises KafkaUnavailableError within `timeout` seconds."""
        try:
            topic = self._producer.list_topics(self._topic, timeout=timeout).topics[self._topic]
        except KafkaException as error:
            cause = self._connection_error or error.args[0]
            raise KafkaUnavailableError(f"Kafka does not answer: {cause.str()}") from None
        if topic.error:
            raise KafkaUnavailableError(f"Kafka topic {self._topic}: {topic.error.str()}")

    def send(self, block: Block) -> None:
        """Queue the messages of a block, waiting while the queue is full; raises KafkaUnavailableError if dead."""
        reports = map(self._reports.__getitem__, block.truths.tolist()) if self._reports else repeat(None, len(block))
        for key, value, report in zip(block.keys, block.values, reports, strict=True):
            self._queue(key, value, report)
            self.attempted += 1
        self._producer.poll(0)

    def flush(self, timeout: float) -> int:
        """Wait at most `timeout` seconds for what is queued, and return how many messages still wait."""
        return self._producer.flush(timeout)

    def _queue(self, key: bytes | None, value: bytes | None, report: Report | None) -> None:
        while True:
            try:
                return self._producer.produce(self._topic, value, key, on_delivery=report)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                return self._refused(error.args[0])

    def _refused(self, error: KafkaError) -> None:
        if error.fatal():
            raise KafkaUnavailableError(f"the producer has failed for good: {error.str()}")
        self.failures[error.name()] += 1

    def _reported(self, code: int, error: KafkaError | None, message: Message) -> None:
        if error:
            self._failed(error, message)
        elif self._on_delivered:
            self._on_delivered(code, message)

    def _failed(self, error: KafkaError, _message: Message) -> None:
        self.failures[error.name()] += 1

    def _note_error(self, error: KafkaError) -> None:
        self._connection_error = error
