"""How far the raw topic reaches: which offsets exist in each partition at this moment. Nothing is read from it."""

from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicPartition

from fraud.configuration import KafkaAccess
from fraud.errors import RetryableError
from fraud_service.settings import Settings, Text

CALL_LIMIT_S = 10.0
_NEVER_JOINED: dict[str, str | int | bool] = {"group.id": "gdpr-erasure", "enable.auto.commit": False}


class RawTopicSettings(KafkaAccess, Settings):
    """Where payments come from."""

    payment_topic: Text = "payment-events"


@dataclass(frozen=True)
class Reach:
    """By partition, written as text: the first offset that exists, and the first that does not exist yet."""

    starts: dict[str, int]
    ends: dict[str, int]


@dataclass(frozen=True)
class RawTopic:
    """The topic's brokers, of whom each call waits for so many seconds."""

    settings: RawTopicSettings
    call_limit_s: float = CALL_LIMIT_S

    def reach(self) -> Reach:
        """Return the offsets of every partition. Raises RetryableError while Kafka does not answer."""
        try:
            return self._reach()
        except KafkaException as error:
            raise RetryableError(f"Kafka does not answer: {error.args[0].name()}") from None

    def _reach(self) -> Reach:
        topic = self.settings.payment_topic
        consumer = Consumer(self.settings.client_options() | _NEVER_JOINED)
        try:
            known = consumer.list_topics(topic, timeout=self.call_limit_s).topics[topic]
            if known.error:
                raise KafkaException(known.error)
            ends = {
                str(number): consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=self.call_limit_s)
                for number in known.partitions
            }
        finally:
            consumer.close()
        return Reach({key: low for key, (low, _) in ends.items()}, {key: high for key, (_, high) in ends.items()})
