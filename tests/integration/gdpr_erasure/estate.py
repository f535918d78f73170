"""What a data subject leaves in every store, as the job and the functions write it, and a count of what is left."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import randbelow, token_hex
from typing import Any

import redis
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from google.cloud import bigquery, firestore
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from fraud.alerts.alert import Alert
from fraud.cards import Action, CardAction
from fraud.masking.card import card_tokens
from fraud.masking.key import KeyRing
from fraud.masking.source import KeySource
from fraud.payments.card_number import luhn_check_digit
from fraud_service.stores.documents import to_document
from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.stack.local_stack import LocalStack
from sql.schema import tables
from tests.builders import TOPIC, make_alert
from tests.integration.sql.rows import FILLERS

DATASET = "payment_data"
PARTITION = 0
BY_CARD = (
    "payment_transactions",
    "payment_transactions_fraud",
    "fraud_velocity_alerts",
    "payment_labels",
    "payment_late_events",
)
AUDIT = "pii_masking_audit"


def card_number() -> str:
    """Return a valid card number that no other test uses."""
    digits = f"4{randbelow(10**14):014d}"
    return digits + luhn_check_digit(digits)


@dataclass(frozen=True)
class Estate:
    """The stores of one stack."""

    stack: LocalStack
    tables: bigquery.Client
    documents: firestore.Client
    redis: redis.Redis

    def ring(self) -> KeyRing:
        """Return the keys that the stack hashes with."""
        return KeySource(pii_hmac_keys_file=self.stack.workspace.hmac_keys_file).key_ring(
            lambda path: path.read_bytes()
        )

    def token(self, card: str) -> str:
        """Return a card's token under the newest key."""
        return next(iter(card_tokens(self.ring(), card).values()))

    def append(self, number: int) -> int:
        """Append records to the raw topic; return the offset of the last one."""
        delivered: list[int] = []

        def on_delivery(error: object, message: Message) -> None:
            assert error is None
            delivered.append(message.offset() or 0)

        producer = Producer({"bootstrap.servers": self.stack.environment["KAFKA_BOOTSTRAP_SERVERS"]})
        for _ in range(number):
            producer.produce(TOPIC, b"{}", partition=PARTITION, on_delivery=on_delivery)
        assert producer.flush(30) == 0
        return max(delivered)

    # a client that learns a broker's name while it asks may say that its handle is gone, as the function is told too
    @retry(retry=retry_if_exception_type(KafkaException), stop=stop_after_delay(30), wait=wait_fixed(0.1), reraise=True)
    def ends(self) -> dict[int, int]:
        """Return the raw topic's end in each partition."""
        options = {"bootstrap.servers": self.stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "estate"}
        consumer = Consumer(options)
        partitions = consumer.list_topics(TOPIC).topics[TOPIC].partitions
        ends = {one: consumer.get_watermark_offsets(TopicPartition(TOPIC, one))[1] for one in partitions}
        consumer.close()
        return ends

    def settle(self) -> None:
        """Let the job have settled every position of the raw topic."""
        positions = [(partition, end - 1) for partition, end in self.ends().items() if end]
        self.insert(AUDIT, [{"kafka_partition": one, "kafka_offset": last} for one, last in positions])

    def pay(self, token: str, offset: int, **changes: object) -> None:
        """Let the job have accepted a payment of this card that raised a velocity alert, and was charged back."""
        row = self.payment_row(token, offset, **changes)
        for table in BY_CARD[:4]:
            self.insert(table, [row])
        self.insert(AUDIT, [row | {"user_email": "jo.doe@example.org", "disposition": "ACCEPTED"}])

    def payment_row(self, token: str, offset: int, **changes: object) -> dict[str, object]:
        """Return a row of the tables."""
        return {
            "transaction_id": f"TXN_{token_hex(6)}",
            "card_token": token,
            "pii_hash": token_hex(32),
            "pii_key_version": "1",
            "currency": "USD",
            "sender_account_id": f"ACC_{token_hex(4)}",
            "kafka_partition": PARTITION,
            "kafka_offset": offset,
            "is_velocity_fraud": True,
            "ingested_at": datetime.now(UTC),
        } | changes

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows; required columns that a row leaves out are filled, columns the table has not are left out."""
        columns = tables()[table].columns
        now = datetime.now(UTC)
        fillers = FILLERS | {"TIMESTAMP": now, "BOOL": False}
        filled: dict[str, Any] = {column.name: fillers[column.type] for column in columns if column.mode == "REQUIRED"}
        known = {column.name for column in columns}
        filled |= {"kafka_topic": TOPIC} if "kafka_topic" in known else {}
        target = self.tables.get_table(f"{DATASET}.{table}")
        complete = [filled | {name: value for name, value in row.items() if name in known} for row in rows]
        assert self.tables.insert_rows(target, complete) == []

    def profile(self, account: str, *tokens: str) -> None:
        """Let what is usual for an account have been built of payments by these cards."""
        self.insert("account_profiles", [{"sender_account_id": account, "card_tokens": list(tokens)}])

    def profiles(self, account: str) -> int:
        """Return how many profiles an account has."""
        parameter = bigquery.ScalarQueryParameter("account", "STRING", account)
        config = bigquery.QueryJobConfig(query_parameters=[parameter])
        query = f"select count(*) as profiles from {DATASET}.account_profiles where sender_account_id = @account"
        [row] = self.tables.query_and_wait(query, job_config=config)
        return int(row["profiles"])

    def alert(self, token: str, account: str, transaction_id: str, **changes: object) -> Alert:
        """Let the job and the functions have recorded an alert of this card."""
        alert = make_alert(
            card_token=token,
            sender_account_id=account,
            transaction_id=transaction_id,
            event_time=datetime.now(UTC) - timedelta(minutes=1),
            amount=Decimal("5.00"),
        )
        alert = make_alert(**{name: getattr(alert, name) for name in alert.__struct_fields__} | changes)
        AlertCache(self.stack.environment["REDIS_URL"]).write([alert])
        incident = self.documents.collection("incidents").document(f"INC_{account}")
        for collection in ("alerts", "reviews"):
            document = to_document(alert) | {"incident_id": incident.id}
            self.documents.collection(collection).document(alert.transaction_id).set(document)
        listed = {"transaction_id": transaction_id, "event_time": alert.event_time}
        told = {"incident_id": incident.id, "transactions": firestore.ArrayUnion([listed])}
        incident.set(told, merge=True)
        self.documents.collection("deliveries").document(f"soc:{transaction_id}").set(
            {"transaction_id": transaction_id}
        )
        return alert

    def incident(self, account: str) -> list[str] | None:
        """Return the transactions of an account's incident, None where there is none."""
        held = self.documents.collection("incidents").document(f"INC_{account}").get().to_dict()
        return [one["transaction_id"] for one in held["transactions"]] if held else None

    def act(self, token: str, action: Action, expires_at: datetime | None = None) -> CardAction:
        """Let a rule have acted on the card."""
        state = CardAction(
            card_token=token,
            revision=1,
            action=action,
            source="rule:block@1",
            reason="velocity",
            transaction_id="TXN_17",
            decided_at=datetime.now(UTC),
            expires_at=expires_at,
        )
        card = self.documents.collection("cards").document(token)
        card.set(to_document(state))
        card.collection("history").document("00000001").set(to_document(state))
        self.redis.set(f"card:action:{token}", json.dumps({"card_token": token, "revision": 1}))
        return state

    def rows(self, token: str, table: str) -> list[dict[str, Any]]:
        """Return a table's rows of a card."""
        parameter = bigquery.ScalarQueryParameter("token", "STRING", token)
        config = bigquery.QueryJobConfig(query_parameters=[parameter])
        found = self.tables.query_and_wait(
            f"select * from {DATASET}.{table} where card_token = @token", job_config=config
        )
        return [dict(row.items()) for row in found]

    def rows_left(self, token: str) -> dict[str, int]:
        """Return how many rows of a card each table holds, the audit aside."""
        return {table: len(self.rows(token, table)) for table in BY_CARD}

    def documents_left(self, token: str) -> set[str]:
        """Return the paths of documents that carry a card's token."""
        return {
            snapshot.reference.path
            for collection in self.documents.collections()
            for snapshot in collection.stream()
            if token in repr(snapshot.to_dict()) or token in snapshot.id
        }

    def entries_left(self, token: str) -> list[str]:
        """Return the keys in Redis under which a card's token stands, in name or value."""
        return [key for key in map(str, self.redis.scan_iter("*")) if token in key + self._content(key)]

    def _content(self, key: str) -> str:
        match str(self.redis.type(key)):
            case "string":
                return str(self.redis.get(key))
            case "stream":
                return repr(self.redis.xrange(key))
            case _:
                return ""
