"""The alert: what Redis, Pub/Sub and everyone behind them learn of a suspicious transaction."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from fraud.money import as_written
from fraud.payment import Name
from fraud.velocity import Severity

SCHEMA_VERSION = 1

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class AlertType(StrEnum):
    """What raised an alert."""

    VELOCITY = "VELOCITY"
    HIGH_RISK = "HIGH_RISK"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One suspicious transaction, free of card data; published on `fraud-alerts` as JSON.

    `event_time` is UTC; `amount` is exact, in units of `currency`.
    """

    schema_version: int = SCHEMA_VERSION
    transaction_id: Name
    type: AlertType
    severity: Severity
    event_time: Moment
    sender_account_id: Name
    receiver_account_id: str
    merchant_id: str
    merchant_category: str
    amount: Decimal
    currency: str
    amount_usd: Decimal
    region: str
    device_id: str
    card_token: str
    pii_hash: str
    pii_key_version: str
    velocity_60s: int
    velocity_5m: int
    velocity_fraud_peers: list[str]
    fraud_score: int
    risk_flags: list[str]


COLUMNS = tuple(name for name in Alert.__struct_fields__ if name not in {"schema_version", "type"})
"""The columns of `payment_transactions_fraud` that make an alert."""


def alert_of(row: Mapping[str, Any]) -> Alert:
    """Return the alert of an accepted payment that is velocity fraud or of high risk, given its `COLUMNS`."""
    severity = row["severity"]
    kind = AlertType.VELOCITY if severity else AlertType.HIGH_RISK
    told = {"type": kind, "severity": Severity(severity or Severity.HIGH)}
    return Alert(**{**row, **told, "amount": as_written(row["amount"], row["currency"])})


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(Alert)


def encode_alert(alert: Alert) -> bytes:
    """Return the alert as JSON."""
    return _ENCODER.encode(alert)


def decode_alert(document: bytes) -> Alert:
    """Return the alert that a JSON document holds. Raises msgspec.DecodeError."""
    return _DECODER.decode(document)


def live_alert(alert: Alert) -> bytes:
    """Return the short JSON kept at `fraud:alerts:sender:{account}`."""
    return _ENCODER.encode(
        {
            "transaction_id": alert.transaction_id,
            "velocity_count": alert.velocity_60s,
            "amount": alert.amount,
            "region": alert.region,
            "fraud_score": alert.fraud_score,
            "severity": alert.severity,
            "event_time": alert.event_time,
        }
    )
