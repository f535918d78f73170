"""Every component answers its real clients."""

import redis
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as bq
from google.cloud import firestore as fs
from google.pubsub_v1 import PublisherClient

from infra.local.servers.bigquery import BigQuery
from infra.local.servers.firestore import Firestore
from infra.local.servers.kafka import DEAD_LETTERS, PARTITIONS, PAYMENT_EVENTS, Kafka
from infra.local.servers.pubsub import PubSub
from infra.local.servers.redis import Redis
from infra.services import TOPICS, dead_letters

MEGABYTE = 1 << 20


def test_kafka_has_the_topics_of_the_contract(kafka: Kafka) -> None:
    topics = AdminClient({"bootstrap.servers": kafka.bootstrap_servers}).list_topics(timeout=10).topics
    found = {name: len(topics[name].partitions) for name in (PAYMENT_EVENTS, DEAD_LETTERS)}
    assert found == {PAYMENT_EVENTS: PARTITIONS, DEAD_LETTERS: PARTITIONS}


def test_kafka_takes_a_transaction_with_a_record_of_five_megabytes_and_stamps_it(kafka: Kafka) -> None:
    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": "t", "message.max.bytes": 8 * MEGABYTE}
    )
    producer.init_transactions(20)
    producer.begin_transaction()
    written: list[Message] = []
    producer.produce(
        PAYMENT_EVENTS, b"x" * 5 * MEGABYTE, timestamp=1, on_delivery=lambda _, message: written.append(message)
    )
    producer.commit_transaction(20)
    consumer = Consumer(
        {
            "bootstrap.servers": kafka.bootstrap_servers,
            "group.id": "g",
            "isolation.level": "read_committed",
        }
    )
    partition, offset = written[0].partition(), written[0].offset()
    assert partition is not None
    assert offset is not None
    consumer.assign([TopicPartition(PAYMENT_EVENTS, partition, offset)])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None
    value, (kind, stamp) = message.value(), message.timestamp()
    assert value is not None
    assert len(value) == 5 * MEGABYTE
    assert kind == TIMESTAMP_LOG_APPEND_TIME
    assert stamp > 1


def test_redis_answers(redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.xadd("s", {"a": "b"})
        assert client.execute_command("client", "info") is not None


def test_pubsub_has_the_topics_of_the_contract(pubsub: PubSub, stack_environment: dict[str, str]) -> None:
    del pubsub
    project = stack_environment["GOOGLE_CLOUD_PROJECT"]
    with PublisherClient() as publisher:
        found = {topic.name.rpartition("/")[2] for topic in publisher.list_topics(project=f"projects/{project}")}
    assert {name for topic in TOPICS for name in (topic, dead_letters(topic))} <= found


def test_firestore_keeps_a_document(firestore: Firestore, stack_environment: dict[str, str]) -> None:
    del firestore
    document = fs.Client(stack_environment["GOOGLE_CLOUD_PROJECT"]).document("cards/1")
    document.set({"action": "BLOCK_CARD"})
    assert document.get().to_dict() == {"action": "BLOCK_CARD"}


def test_bigquery_has_the_tables_of_the_contract(bigquery: BigQuery, stack_environment: dict[str, str]) -> None:
    del bigquery
    with bq.Client(stack_environment["GOOGLE_CLOUD_PROJECT"], AnonymousCredentials()) as client:
        tables = {table.table_id for table in client.list_tables("payment_data")}
    assert {"payment_transactions", "pii_masking_audit"} <= tables
