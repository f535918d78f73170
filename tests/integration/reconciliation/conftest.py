"""A small stream as the job leaves it: all stores agree on eight positions, and a ninth is in flight."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
import redis
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from google.cloud import bigquery as bigquery_api
from google.cloud import firestore as firestore_api
from typer.testing import CliRunner, Result

from fraud.payments.disposition import Disposition
from fraud_service.alerts.campaigns import ALERTS
from fraud_service.alerts.record import AlertRecords
from fraud_stream.settings import KafkaSettings, WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.dead_letter import DeadLetterTopic
from fraud_stream.sinks.recovery import Recoveries
from fraud_stream.sinks.rejected_record import DeadLetter
from fraud_stream.sinks.tables import TABLES, Settled
from fraud_stream.sinks.warehouse import Warehouse
from fraud_stream.stages.alerts import raise_alerts
from infra.local.servers.bigquery import BigQuery
from infra.local.servers.firestore import Firestore
from infra.local.servers.kafka import Kafka
from infra.local.servers.redis import Redis
from reconciliation.__main__ import app
from tests.builders import NOON, accepted_row, make_alert, received_row, rejected_row, settled
from tests.integration.conftest import applied_dataset

DATASET = "reconciled"
FINISHED = {0: 6, 1: 2}
IN_FLIGHT = {0: 0, 1: 1}
SECOND_BATCH_MIN = 20
"""Minutes after noon at which the batch in flight began."""


@dataclass(frozen=True)
class Books:
    """What verification is about, and the ways to falsify it."""

    topic: str
    tables: bigquery_api.Client
    redis: redis.Redis
    documents: firestore_api.Client

    def change(self, statement: str) -> None:
        """Run a statement on the dataset."""
        config = bigquery_api.QueryJobConfig(default_dataset=f"{self.tables.project}.{DATASET}")
        self.tables.query(statement, config).result()

    def record(self, transaction_id: str, at: datetime = NOON, **changes: object) -> None:
        """Record an alert as alert_fanout does; at noon the first batch is being written."""
        AlertRecords(self.documents).record(make_alert(transaction_id=transaction_id, **changes), at)

    def forget(self, transaction_id: str) -> None:
        """Lose the record of an alert."""
        self.documents.collection(ALERTS).document(transaction_id).delete()

    def verify(self, *options: str) -> Result:
        """Run `python -m reconciliation`."""
        return CliRunner().invoke(app, options)


@pytest.fixture(scope="package")
def dataset(bigquery: BigQuery) -> Iterator[bigquery_api.Client]:
    """A dataset with every table."""
    with applied_dataset(bigquery, DATASET) as client:
        yield client


@pytest.fixture
def books(
    kafka: Kafka,
    redis_server: Redis,
    firestore: Firestore,
    dataset: bigquery_api.Client,
    stack_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Books]:
    """Eight finished positions in two partitions, and one whose batch has written half of what it will."""
    topic = f"verified-{uuid4().hex[:8]}"
    monkeypatch.setenv("PAYMENT_TOPIC", topic)
    monkeypatch.setenv("BIGQUERY_DATASET", DATASET)
    monkeypatch.setenv("CHECKPOINT_LOCATION", str(tmp_path))
    monkeypatch.setattr("reconciliation.__main__.now", lambda: NOON + timedelta(minutes=30))
    _receive(stack_environment["KAFKA_BOOTSTRAP_SERVERS"], topic)
    _finish(tmp_path, topic)
    rows = _settled(topic)
    for table in TABLES:
        dataset.query_and_wait(f"delete from `{dataset.project}.{DATASET}.{table.name}` where true")
        warehouse = Warehouse(WarehouseSettings())
        recoveries = Recoveries(str(tmp_path), 0, 0)
        warehouse.append(table, warehouse.open_stream(table), table.rows(rows), recoveries)
    with (
        redis.Redis.from_url(stack_environment["REDIS_URL"], decode_responses=True) as client,
        closing(firestore_api.Client(stack_environment["GOOGLE_CLOUD_PROJECT"])) as documents,
    ):
        client.flushdb()
        documents.recursive_delete(documents.collection(ALERTS))
        AlertCache(stack_environment["REDIS_URL"]).write(raise_alerts(rows.scored))
        copy_dead_letter(topic, topic)
        books = Books(topic, dataset, client, documents)
        for raised in raise_alerts(rows.scored):
            AlertRecords(documents).record(raised, NOON)
        books.change("delete from pii_masking_audit where kafka_partition = 1 and kafka_offset = 2")
        yield books


def copy_dead_letter(topic: str, owner: str) -> None:
    """Copy the rejected position to the dead-letter topic, once for each owner."""
    DeadLetterTopic(KafkaSettings(), "payment-events-dead-letter", owner).copy(
        [DeadLetter(topic, 0, 4, "NOT_JSON", None)]
    )


def _receive(servers: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": servers})
    admin.create_topics([NewTopic(topic, len(FINISHED), 1)])[topic].result()
    producer = Producer({"bootstrap.servers": servers})
    for partition, end in FINISHED.items():
        for _ in range(end + IN_FLIGHT[partition]):
            producer.produce(topic, b"{}", partition=partition)
    assert producer.flush(30) == 0


def _finish(checkpoint: Path, topic: str) -> None:
    """Write what Spark writes of a batch that is done, and of one that is not."""
    started = {topic: dict.fromkeys(FINISHED, 0)}
    begun = {topic: {partition: end + IN_FLIGHT[partition] for partition, end in FINISHED.items()}}
    files = (("sources/0/0", started, 0), ("offsets/0", {topic: FINISHED}, 0), ("offsets/1", begun, SECOND_BATCH_MIN))
    for name, offsets, minutes in files:
        (checkpoint / name).parent.mkdir(parents=True, exist_ok=True)
        (checkpoint / name).write_bytes(b"v1\n" + _clock(minutes) + b"\n" + msgspec.json.encode(offsets))
    (checkpoint / "commits").mkdir()
    (checkpoint / "commits/0").write_bytes(b'v1\n{"nextBatchWatermarkMs":0}')
    (checkpoint / "commits/.0.crc").write_bytes(b"")


def _clock(minutes: int) -> bytes:
    """Return the line of a batch's file that says when it began, in minutes after noon."""
    moment = NOON + timedelta(minutes=minutes)
    return msgspec.json.encode({"batchWatermarkMs": 0, "batchTimestampMs": int(moment.timestamp() * 1_000)})


def _settled(topic: str) -> Settled:
    def at(partition: int, offset: int) -> dict[str, object]:
        return {"kafka_topic": topic, "kafka_partition": partition, "kafka_offset": offset}

    return settled(
        accepted_row(**at(0, 0), transaction_id="TXN_0"),
        accepted_row(**at(0, 1), transaction_id="TXN_1", velocity_60s=4, peers='["TXN_1"]'),
        received_row(**at(0, 2), transaction_id="TXN_1", disposition=Disposition.DUPLICATE),
        received_row(**at(0, 3), transaction_id="TXN_L", disposition=Disposition.LATE, reason="APPEND_TIME"),
        rejected_row(**at(0, 4)),
        accepted_row(**at(0, 5), transaction_id="TXN_2", event_time=NOON + timedelta(hours=2)),
        accepted_row(**at(1, 0), transaction_id="TXN_3", currency="EUR"),
        accepted_row(**at(1, 1), transaction_id="TXN_4", currency="EUR", velocity_60s=5, peers='["TXN_4"]'),
        accepted_row(**at(1, 2), transaction_id="TXN_5", currency="EUR"),
    )
