"""The whole local stack, once for all tests, and what they ask of it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from confluent_kafka import Consumer, TopicPartition
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from infra.local.machine.workspace import REPOSITORY
from infra.local.stack.local_stack import LocalStack
from simulator.publishing.ledger import Entry

SUBSCRIPTION = "end-to-end"
RAW = "payment-events"


@dataclass(frozen=True)
class System:
    """A running stack and its clients."""

    stack: LocalStack
    tables: bigquery.Client
    redis: redis.Redis
    subscriber: SubscriberClient
    subscription: str

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return a query's rows."""
        config = bigquery.QueryJobConfig(default_dataset=f"{self.tables.project}.payment_data")
        return [dict(row.items()) for row in self.tables.query(sql, config).result()]

    def simulate(self, *arguments: str) -> None:
        """Run the simulator as a user does."""
        command = [sys.executable, "-m", "simulator", *arguments]
        environment = os.environ | self.stack.environment
        finished = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603
        assert finished.returncode == 0, finished.stdout + finished.stderr

    def verify(self) -> subprocess.CompletedProcess[str]:
        """Run `make verify`'s program as soon as the job has finished all that it was sent."""
        checkpoint = {"CHECKPOINT_LOCATION": str(self.stack.workspace.checkpoint)}
        command, environment = (
            [sys.executable, "-m", "reconciliation", "--settle-seconds", "240"],
            os.environ | self.stack.environment | checkpoint,
        )
        for attempt in Retrying(stop=stop_after_delay(60), wait=wait_fixed(0.5), retry=retry_if_result(_is_unfinished)):
            with attempt:
                proof = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
            attempt.retry_state.set_result(proof)
        return proof

    def await_settled(self, seconds: float = 240) -> None:
        """Wait until every position that stands in the raw topic has its audit row."""
        sent = self.positions()
        for attempt in Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(0.5), reraise=True):
            with attempt:
                [row] = self.query("select count(*) as positions from pii_masking_audit")
                assert row["positions"] >= sent

    def positions(self) -> int:
        """Return how many positions the raw topic has."""
        options = {"bootstrap.servers": self.stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "positions"}
        consumer = Consumer(options)
        partitions = consumer.list_topics(RAW).topics[RAW].partitions
        ends = [consumer.get_watermark_offsets(TopicPartition(RAW, number), 30)[1] for number in partitions]
        consumer.close()
        return sum(ends)


def _is_unfinished(proof: subprocess.CompletedProcess[str]) -> bool:
    return "not finished" in proof.stdout


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The stack with every component, its job reading."""
    with LocalStack(tmp_path_factory.mktemp("system")) as stack, pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            patch.setenv(name, value)
        project, subscriber = stack.environment["GOOGLE_CLOUD_PROJECT"], SubscriberClient()
        subscription = subscriber.subscription_path(project, SUBSCRIPTION)
        topic = PublisherClient.topic_path(project, "fraud-alerts")
        subscriber.create_subscription(request={"name": subscription, "topic": topic, "enable_message_ordering": True})
        options = {"api_endpoint": stack.environment["BIGQUERY_EMULATOR_HOST"]}
        tables = bigquery.Client(project, AnonymousCredentials(), client_options=options)
        cache = redis.Redis.from_url(stack.environment["REDIS_URL"], decode_responses=True)
        with tables, cache, subscriber:
            yield System(stack, tables, cache, subscriber, subscription)


@pytest.fixture(scope="session")
def entries() -> Callable[[Path], list[Entry]]:
    """Read a simulator's ledger."""
    decoder = msgspec.json.Decoder(Entry)
    return lambda path: [decoder.decode(line) for line in path.read_bytes().splitlines()]
