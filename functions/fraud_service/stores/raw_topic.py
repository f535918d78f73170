"""How far the raw topic reaches: which offsets exist in each partition at this moment. Nothing is read from it."""

from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicPartition
from pydantic import SecretStr

from fraud.errors import RetryableError
from fraud_service.settings import Settings, Text

CALL_LIMIT_S = 10.0


class RawTopicSettings(Settings):
    """Where payments come from; SASL settings are for Confluent Cloud."""

    kafka_bootstrap_servers: Text
    kafka_security_protocol: str = "PLAINTEXT"
    kafka_sasl_mechanism: str = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    payment_topic: Text = "payment-events"


@dataclass(frozen=True)
class Reach:
    """By partition, written as text: the first offset that exists, and the first that does not exist yet."""

    starts: dict[str, int]
    ends: dict[str, int]


@dataclass(frozen=True)
class RawTopic:
    """The topic's brokers."""

    settings: RawTopicSettings

    def reach(self) -> Reach:
        """Return the offsets of every partition. Raises RetryableError while Kafka does not answer."""
        try:
            return self._reach()
        except KafkaException as error:
            problem = RetryableError(f"Kafka does not answer: {error.args[0].name()}")
        raise problem

    def _reach(self) -> Reach:
        consumer, topic = Consumer(self._options()), self.settings.payment_topic
        try:
            known = consumer.list_topics(topic, timeout=CALL_LIMIT_S).topics[topic]
            if known.error:
                raise KafkaException(known.error)
            ends = {
                str(partition): consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=CALL_LIMIT_S)
                for partition in known.partitions
            }
        finally:
            consumer.close()
        return Reach({key: low for key, (low, _) in ends.items()}, {key: high for key, (_, high) in ends.items()})

    def _options(self) -> dict[str, str | int | bool]:
        settings = self.settings
        options: dict[str, str | int | bool] = {
            "bootstrap.servers": settings.kafka_bootstrap_servers,
            "security.protocol": settings.kafka_security_protocol,
            "group.id": "gdpr-erasure",  # asked for, never joined
            "enable.auto.commit": False,
        }
        if settings.kafka_sasl_password is None or settings.kafka_sasl_username is None:
            return options
        return options | {
            "sasl.mechanism": settings.kafka_sasl_mechanism,
            "sasl.username": settings.kafka_sasl_username,
            "sasl.password": settings.kafka_sasl_password.get_secret_value(),
        }
