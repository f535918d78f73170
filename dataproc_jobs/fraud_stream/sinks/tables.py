"""The warehouse tables' rows: which of a settled batch go where, in the Arrow schema that BigQuery is sent."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud.payments.disposition import Disposition
from fraud_stream.classifier.serving import CLASSIFIED
from fraud_stream.stages.habits import PROFILED
from fraud_stream.stages.masking import TIMESTAMP
from fraud_stream.state.views import COUNTED

NUMERIC = pa.decimal128(38, 9)
_STRINGS = pa.list_(pa.string())


def _fields(kind: pa.DataType, names: str) -> list[pa.Field]:
    return [pa.field(name, kind) for name in names.split()]


_MASKED_EVENT = [
    *_fields(pa.string(), "transaction_id"),
    *_fields(TIMESTAMP, "event_time"),
    *_fields(NUMERIC, "amount"),
    *_fields(
        pa.string(),
        "currency sender_account_id receiver_account_id region device_id ip_address merchant_id merchant_category "
        "status credit_card_masked cvv_masked card_expiry_masked pii_hash card_token pii_key_version",
    ),
]
_POSITION = [
    *_fields(pa.string(), "kafka_topic"),
    *_fields(pa.int64(), "kafka_partition kafka_offset"),
    *_fields(TIMESTAMP, "kafka_timestamp"),
]
_INGESTED = _fields(TIMESTAMP, "ingested_at")

PAYMENT_TRANSACTIONS = pa.schema([*_MASKED_EVENT, *_POSITION, *_INGESTED])
PAYMENT_TRANSACTIONS_FRAUD = pa.schema(
    [
        *PAYMENT_TRANSACTIONS,
        *_fields(pa.string(), "bin_token"),
        *_fields(pa.int64(), "velocity_60s velocity_5m"),
        *_fields(pa.bool_(), "velocity_complete is_velocity_fraud"),
        *_fields(pa.string(), "severity"),
        *_fields(_STRINGS, "velocity_fraud_peers"),
        *_fields(NUMERIC, "amount_usd"),
        *_fields(pa.bool_(), "geographic_risk device_risk"),
        *_fields(pa.int64(), "fraud_score"),
        *_fields(pa.bool_(), "is_high_risk"),
        *_fields(_STRINGS, "risk_flags"),
        *COUNTED,
        *_fields(pa.bool_(), "features_complete"),
        *PROFILED,
        *_fields(_STRINGS, "reason_codes list_hits"),
        *_fields(pa.bool_(), "is_alert"),
        *CLASSIFIED,
        *_fields(_STRINGS, "model_reasons"),
    ]
)
_ALERT_COLUMNS = (
    "transaction_id event_time sender_account_id receiver_account_id amount currency region card_token pii_hash "
    "pii_key_version velocity_60s velocity_5m severity velocity_fraud_peers fraud_score risk_flags "
    "kafka_topic kafka_partition kafka_offset kafka_timestamp ingested_at"
)
FRAUD_VELOCITY_ALERTS = pa.schema(list(map(PAYMENT_TRANSACTIONS_FRAUD.field, _ALERT_COLUMNS.split())))
PAYMENT_LATE_EVENTS = pa.schema([*_MASKED_EVENT, *_fields(pa.string(), "late_reason"), *_POSITION, *_INGESTED])
PAYMENT_DEAD_LETTERS = pa.schema(
    [*_POSITION, *_fields(pa.string(), "reason field"), *_fields(pa.int64(), "length"), *_INGESTED]
)
PII_MASKING_AUDIT = pa.schema(
    [
        *_fields(pa.string(), "transaction_id pii_hash card_token pii_key_version"),
        *_fields(TIMESTAMP, "masking_timestamp"),
        *_fields(pa.string(), "masking_reason user_email"),
        *_fields(pa.bool_(), "erasure_requested"),
        *_fields(pa.string(), "disposition"),
        *_POSITION,
    ]
)
MASKING_REASON = "PCI-DSS"
AUDIT = "pii_masking_audit"


@dataclass(frozen=True)
class Table:
    """A warehouse table: what its rows look like, which column partitions it, and which rows it gets."""

    name: str
    schema: pa.Schema
    partition_column: str
    select: Callable[["Settled"], pa.Table]

    def rows(self, settled: "Settled") -> pa.Table:
        """Return this table's rows in its own schema."""
        chosen = self.select(settled)
        return pa.table([chosen[field.name].cast(field.type) for field in self.schema], schema=self.schema)


@dataclass(frozen=True)
class Settled:
    """A batch whose rows all have their disposition, and its accepted rows with their score."""

    received: pa.Table
    scored: pa.Table

    def of(self, disposition: Disposition) -> pa.Table:
        """Return the received rows of one disposition."""
        return self.received.filter(pc.equal(self.received["disposition"], disposition.value))


def name_as_stored(scored: pa.Table) -> pa.Table:
    """Return scored rows under the column names of the warehouse."""
    names = {"region_changed": "geographic_risk", "devices_changed": "device_risk"}
    renamed = scored.rename_columns([names.get(name, name) for name in scored.column_names])
    return renamed.append_column("velocity_fraud_peers", _peer_lists(scored["peers"]))


def _peer_lists(peers: pa.ChunkedArray) -> pa.Array:
    """Return lists, empty where velocity is normal, which it mostly is."""
    known = [msgspec.json.decode(text) for text in peers.drop_null().to_pylist()]
    lists = pa.array([[], *known], _STRINGS)
    has_peers = peers.is_valid().to_numpy()
    return lists.take(pa.array(np.where(has_peers, np.cumsum(has_peers), 0)))


def _velocity_alerts(settled: Settled) -> pa.Table:
    return settled.scored.filter(pc.and_(settled.scored["is_velocity_fraud"], settled.scored["is_alert"]))


def _late_events(settled: Settled) -> pa.Table:
    late = settled.of(Disposition.LATE)
    return late.append_column("late_reason", late["reason"])


def _audit(settled: Settled) -> pa.Table:
    received = settled.received
    count = received.num_rows
    return (
        received.append_column("masking_timestamp", received["ingested_at"])
        .append_column("masking_reason", pa.repeat(MASKING_REASON, count))
        .append_column("erasure_requested", pa.repeat(pa.scalar(value=False), count))
    )


TABLES = (
    Table("payment_transactions", PAYMENT_TRANSACTIONS, "event_time", lambda settled: settled.scored),
    Table("payment_transactions_fraud", PAYMENT_TRANSACTIONS_FRAUD, "event_time", lambda settled: settled.scored),
    Table("fraud_velocity_alerts", FRAUD_VELOCITY_ALERTS, "event_time", _velocity_alerts),
    Table("payment_late_events", PAYMENT_LATE_EVENTS, "kafka_timestamp", _late_events),
    Table(
        "payment_dead_letters",
        PAYMENT_DEAD_LETTERS,
        "kafka_timestamp",
        lambda settled: settled.of(Disposition.REJECTED),
    ),
    Table(AUDIT, PII_MASKING_AUDIT, "masking_timestamp", _audit),
)
"""In the order they are written: the audit row, which `make verify` counts, comes last."""
