"""Valid test data, changed by keyword: payment events, raw Kafka positions, the stream's rows and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from secrets import randbelow

import msgspec
import pyarrow as pa

from fraud.accounts.payments import AccountPayment
from fraud.alerts.alert import Alert, AlertType
from fraud.cards import Action
from fraud.detections.detection import Detection, default_detections
from fraud.payments.card_number import is_luhn_valid
from fraud.payments.disposition import Disposition
from fraud.payments.rates import default_rates
from fraud.rules.facts import Facts, facts_of
from fraud.rules.rule import Rule
from fraud.scoring.facts import PaymentFacts
from fraud.scoring.velocity import Severity
from fraud_stream.sinks.tables import Settled, name_as_stored
from fraud_stream.stages.enrichment import Scorer
from fraud_stream.stages.masking import MASKED, TIMESTAMP
from fraud_stream.stages.velocity import FEATURES
from fraud_stream.state.views import COUNTED

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPIC = "payment-events"
CARD = "4111111111111111"
"""Visa's published test number."""

KEY = "5ec2e7" * 11
KEYS = f'{{"1": "{KEY}"}}'

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def rfc3339(moment: datetime) -> str:
    """Return a UTC moment as events write it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def payment_event(**changes: object) -> dict[str, object]:
    """Return a valid payment event."""
    event: dict[str, object] = {
        "transaction_id": "TXN_000001",
        "event_time": rfc3339(NOON),
        "amount": Decimal("12.50"),
        "currency": "USD",
        "credit_card": CARD,
        "cvv": "9173",
        "card_expiry": "08/31",
        "sender_account_id": "ACC_000100",
        "receiver_account_id": "ACC_000200",
        "region": "US-CA-LA",
        "device_id": "device-7f3a",
        "ip_address": "203.0.113.77",
        "merchant_id": "MER_000042",
        "merchant_category": "5812",
        "user_email": "jo.doe@example.org",
        "status": "APPROVED",
    }
    return event | changes


def as_json(document: object) -> bytes:
    """Return a document as JSON, decimals as numbers with every digit they have."""
    return _ENCODER.encode(document)


def fresh_card() -> str:
    """Return a Luhn-valid card number that no other test uses."""
    body = f"4{randbelow(10**14):014d}"
    return next(f"{body}{digit}" for digit in range(10) if is_luhn_valid(f"{body}{digit}"))


def payment_json(**changes: object) -> bytes:
    """Return a valid payment event as a Kafka value."""
    return as_json(payment_event(**changes))


@dataclass(frozen=True, kw_only=True)
class Position:
    """One Kafka record; `length` is that of `value` unless it was too long to be read."""

    value: bytes | None
    offset: int = 0
    partition: int = 0
    appended: datetime = NOON
    length: int | None = None


def raw_batch(positions: Sequence[Position]) -> pa.RecordBatch:
    """Return Kafka records as `fraud_stream.stages.source.as_positions` gives them to masking."""
    columns = {
        "value": pa.array([position.value for position in positions], pa.binary()),
        "length": pa.array(list(map(_length, positions)), pa.int32()),
        "kafka_topic": pa.array([TOPIC] * len(positions), pa.string()),
        "kafka_partition": pa.array([position.partition for position in positions], pa.int32()),
        "kafka_offset": pa.array([position.offset for position in positions], pa.int64()),
        "kafka_timestamp": pa.array([position.appended for position in positions], TIMESTAMP),
    }
    return pa.RecordBatch.from_pydict(columns)


def _length(position: Position) -> int:
    return len(position.value or b"") if position.length is None else position.length


STREAM = pa.schema(
    [
        *MASKED,
        *COUNTED,
        *FEATURES,
        ("ingested_at", TIMESTAMP),
    ]
)
"""A settled micro-batch as the sink takes it to its tables, with the moment of ingestion."""

Row = Mapping[str, object]


def received_row(**changes: object) -> dict[str, object]:
    """Return the masked row of a valid event whose disposition is still open."""
    row: dict[str, object] = {
        "kafka_topic": TOPIC,
        "kafka_partition": 0,
        "kafka_offset": 0,
        "kafka_timestamp": NOON,
        "length": 400,
        "event_time": NOON,
        "amount": Decimal("12.500"),
        "transaction_id": "TXN_000001",
        "currency": "USD",
        "sender_account_id": "ACC_000100",
        "receiver_account_id": "ACC_000200",
        "region": "US-CA-LA",
        "device_id": "device-7f3a",
        "ip_address": "203.0.113.0/24",
        "merchant_id": "MER_000042",
        "merchant_category": "5812",
        "status": "APPROVED",
        "user_email": "jo.doe@example.org",
        "credit_card_masked": "XXXX-XXXX-XXXX-1111",
        "cvv_masked": "XXX",
        "card_expiry_masked": "08/XX",
        "pii_hash": "a" * 64,
        "card_token": "b" * 64,
        "bin_token": "c" * 64,
        "pii_key_version": "1",
        "ingested_at": NOON,
    }
    return row | changes


def rejected_row(**changes: object) -> dict[str, object]:
    """Return the row of an event that could not be read."""
    position = {name: value for name, value in received_row().items() if name.startswith("kafka_")}
    verdict = {"disposition": Disposition.REJECTED, "reason": "INVALID_FIELD", "field": "amount"}
    rest = {"length": 400, "ingested_at": NOON}
    return position | verdict | rest | changes


def feature_row(**changes: object) -> dict[str, object]:
    """Return the row by which velocity says that a position was accepted."""
    row: dict[str, object] = {
        "kafka_partition": 0,
        "kafka_offset": 0,
        "velocity_60s": 1,
        "velocity_5m": 1,
        "velocity_complete": True,
        "features_complete": True,
        **dict.fromkeys(COUNTED.names, 1),
        "region_changed": False,
        "devices_changed": False,
        "ingested_at": NOON,
    }
    return row | changes


def accepted_row(**changes: object) -> dict[str, object]:
    """Return a settled row with its features."""
    return received_row() | feature_row() | {"disposition": Disposition.ACCEPTED} | changes


def stream_table(*rows: Row) -> pa.Table:
    """Return rows as one Arrow table; what a row leaves out is null."""
    return pa.Table.from_pylist(list(rows), STREAM)


def masked_table(*rows: Row) -> pa.Table:
    """Return received rows as masking made them."""
    return pa.Table.from_pylist(list(rows), MASKED)


def scored_table(*rows: Row, detections: Sequence[Detection] | None = None) -> pa.Table:
    """Return accepted rows with their score, by the default detections unless told."""
    judges = tuple(default_detections() if detections is None else detections)
    return Scorer(judges, default_rates()).score(stream_table(*rows)).rows


def settled(*rows: Row) -> Settled:
    """Return rows that all have their disposition, the accepted ones scored."""
    accepted = [row for row in rows if row["disposition"] == Disposition.ACCEPTED]
    return Settled(stream_table(*rows), name_as_stored(scored_table(*accepted)))


def make_alert(**changes: object) -> Alert:
    """Return an alert."""
    alert = Alert(
        transaction_id="TXN_000004",
        type=AlertType.VELOCITY,
        severity=Severity.HIGH,
        event_time=NOON,
        sender_account_id="ACC_000100",
        receiver_account_id="ACC_000200",
        merchant_id="MER_000042",
        merchant_category="5812",
        amount=Decimal("1.00"),
        currency="USD",
        amount_usd=Decimal("1.00"),
        region="US-CA-LA",
        device_id="device-7f3a",
        card_token="b" * 64,
        pii_hash="a" * 64,
        pii_key_version="1",
        velocity_60s=4,
        velocity_5m=4,
        velocity_fraud_peers=["TXN_000001", "TXN_000002", "TXN_000003", "TXN_000004"],
        fraud_score=40,
        risk_flags=["VELOCITY_60S"],
    )
    return msgspec.structs.replace(alert, **changes)


def make_payment_facts(**changes: object) -> PaymentFacts:
    """Return what is known of a calm payment."""
    payment = PaymentFacts(
        sender_account_id="ACC_000100",
        receiver_account_id="ACC_000200",
        merchant_id="MER_000042",
        merchant_category="5812",
        amount=Decimal("12.50"),
        currency="USD",
        amount_usd=Decimal("12.50"),
        region="US-CA-LA",
        device_id="device-7f3a",
        velocity_60s=1,
        velocity_5m=1,
    )
    return msgspec.structs.replace(payment, **changes)


def make_facts(fraud_count: int = 1, in_force: Action | None = None, **changes: object) -> Facts:
    """Return the facts about an alert, which is changed by keyword."""
    return facts_of(make_alert(**changes), fraud_count, in_force)


def make_detection(**changes: object) -> Detection:
    """Return a live detection."""
    detection = Detection(detection_id="some-detection", expression="velocity_60s > 3", flag="SOME", points=10)
    return msgspec.structs.replace(detection, **changes)


def make_rule(rule_id: str = "some-rule", expression: str = "fraud_score > 80", **changes: object) -> Rule:
    """Return a live rule."""
    return msgspec.structs.replace(Rule(rule_id=rule_id, expression=expression, action=Action.MANUAL_REVIEW), **changes)


def make_account_payment(**changes: object) -> AccountPayment:
    """Return a payment as the account page reads it."""
    payment = AccountPayment(
        transaction_id="TXN_000001",
        event_time=NOON,
        amount=Decimal("12.50"),
        currency="USD",
        receiver_account_id="ACC_000200",
        merchant_id="MER_000042",
        merchant_category="5812",
        region="US-CA-LA",
        device_id="device-7f3a",
        status="APPROVED",
        credit_card_masked="XXXX-XXXX-XXXX-1111",
        velocity_60s=1,
        velocity_5m=1,
        severity=None,
        is_velocity_fraud=False,
        is_high_risk=False,
        fraud_score=0,
        risk_flags=[],
    )
    return msgspec.structs.replace(payment, **changes)
