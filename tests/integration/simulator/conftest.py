"""Topics of their own for tests of the simulator."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient

from infra.local.servers.kafka import PAYMENT_EVENTS, Kafka, provide_topic, topics
from tests.integration.simulator.records import leader_asked

NewTopic = Callable[..., str]


@pytest.fixture
def new_topic(kafka: Kafka) -> NewTopic:
    """Create an empty topic with the settings of payment-events, some replaced, and return its name."""

    def create(**replaced: str) -> str:
        name = f"{PAYMENT_EVENTS}-{uuid4().hex[:8]}"
        settings = topics(retention_hours=1)[PAYMENT_EVENTS] | {
            key.replace("_", "."): value for key, value in replaced.items()
        }
        leader_asked(provide_topic, AdminClient({"bootstrap.servers": kafka.bootstrap_servers}), name, settings)
        return name

    return create


@pytest.fixture
def topic(new_topic: NewTopic) -> str:
    """An empty topic with the settings of payment-events."""
    return new_topic()
