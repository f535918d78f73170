import pytest

from simulator.errors import KafkaUnavailableError
from simulator.faults.malformation import GARBAGE_BYTES
from simulator.messages.truth import TRUTHS
from simulator.publishing.producer import PRODUCER_SETTINGS, PaymentProducer


def test_the_settings_are_those_of_the_seeds() -> None:
    seeds = {
        "enable.idempotence": True,
        "acks": "all",
        "max.in.flight.requests.per.connection": 5,
        "retries": 2147483647,
        "retry.backoff.ms": 100,
    }
    assert seeds.items() <= PRODUCER_SETTINGS.items()


def test_garbage_fits_a_message() -> None:
    assert int(PRODUCER_SETTINGS["message.max.bytes"]) > GARBAGE_BYTES


def test_a_broker_that_is_not_there_is_said_so_in_time() -> None:
    producer = PaymentProducer({"bootstrap.servers": "127.0.0.1:1"}, "payment-events")
    with pytest.raises(KafkaUnavailableError, match="Kafka does not answer"):
        producer.connect(timeout=0.2)


def test_truths_fit_a_byte() -> None:
    assert len(TRUTHS) == len(set(TRUTHS)) < 256
