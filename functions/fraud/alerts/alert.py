"""The alert: what Redis, Pub/Sub and everyone behind them learn of a suspicious transaction."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from fraud.payments.event import Name
from fraud.payments.money import as_written
from fraud.scoring.facts import PaymentFacts
from fraud.scoring.score import HIGH_RISK_ABOVE
from fraud.scoring.velocity import Severity

SCHEMA_VERSION = 2
"""Since version 2 an alert can be a DETECTION's, and tells its reasons and what the payment was judged by."""
READABLE = frozenset({1, SCHEMA_VERSION})

Count = Annotated[int, Meta(ge=0)]


class AlertType(StrEnum):
    """What raised an alert."""

    VELOCITY = "VELOCITY"
    HIGH_RISK = "HIGH_RISK"
    DETECTION = "DETECTION"


class Coalesced(msgspec.Struct, frozen=True):
    """The alerts of one account and batch that one message tells of, the strongest of which it is."""

    alerts: Annotated[int, Meta(ge=1, description="how many, this one included")]
    first_event_time: Annotated[datetime, Meta(tz=True, description="when the first payment was made, UTC")]
    last_event_time: Annotated[datetime, Meta(tz=True, description="when the last payment was made, UTC")]


class Alert(PaymentFacts, frozen=True, kw_only=True):
    """One suspicious transaction, free of card data; published on `fraud-alerts` as JSON.

    `event_time` is UTC; `amount` is exact, in units of `currency`. What an alert of version 1 does not tell is None.
    """

    schema_version: Annotated[int, Meta(description="a change that breaks readers raises it")] = SCHEMA_VERSION
    transaction_id: Annotated[Name, Meta(description="by which alerts are told apart: one can be delivered repeatedly")]
    type: Annotated[AlertType, Meta(description="what raised it: charges in 60 s, the score, or one detection")]
    severity: Annotated[Severity, Meta(description="CRITICAL from 5 charges in 60 s")]
    event_time: Annotated[datetime, Meta(tz=True, description="when the payment was made, UTC, to the microsecond")]
    sender_account_id: Annotated[Name, Meta(description="who pays; the message's ordering key")]
    amount: Annotated[Decimal, Meta(description="exact, in units of currency: read it as a decimal")]
    card_token: Annotated[str, Meta(description="the card, as HMAC-SHA-256 under the key of pii_key_version, hex")]
    bin_token: Annotated[str | None, Meta(description="the card's issuer likewise: the first eight digits")] = None
    pii_hash: Annotated[str, Meta(description="card, CVV and expiry likewise, for erasure")]
    pii_key_version: Annotated[str, Meta(description="the version of that key")]
    velocity_60s: Annotated[Count, Meta(description="the account's payments in the 60 s up to this one, it included")]
    velocity_5m: Annotated[Count, Meta(description="likewise in 5 minutes")]
    velocity_fraud_peers: Annotated[
        list[str], Meta(description="transaction ids of the 60 s, the latest 100 (in a message 10), oldest first")
    ]
    fraud_score: Annotated[int, Meta(ge=0, le=100, description="0 to 100; above 60 is high risk")]
    risk_flags: Annotated[list[str], Meta(description="what the score is made of, such as VELOCITY_60S")]
    reason_codes: Annotated[
        list[str], Meta(description="each flag with its points, and its values beside their bounds, in words")
    ] = msgspec.field(default_factory=list)
    model_reasons: Annotated[
        list[str], Meta(description="what moved the classifier most: values in words, each for fraud or against it")
    ] = msgspec.field(default_factory=list)
    kafka_partition: Annotated[Count | None, Meta(description="where the payment stands in the raw topic")] = None
    kafka_offset: Annotated[Count | None, Meta(description="its offset there, by which an erasure knows it")] = None
    stands_for: Annotated[
        Coalesced | None, Meta(description="in a message: the account's alerts beyond 100 payments a minute")
    ] = None


_NOT_STORED = {"schema_version", "type", "stands_for"}
COLUMNS = tuple(name for name in Alert.__struct_fields__ if name not in _NOT_STORED)
"""The columns of `payment_transactions_fraud` that make an alert."""


_LISTS = ("list_hits", "reason_codes", "model_reasons")


def alert_of(row: Mapping[str, Any]) -> Alert:
    """Return the alert of an accepted payment that raised one, given its `COLUMNS`."""
    verdict = {"type": _kind(row), "severity": Severity(row["severity"] or Severity.HIGH)}
    lists = {name: row.get(name) or [] for name in _LISTS}  # null in rows of earlier releases
    return Alert(**{**row, **lists, **verdict, "amount": as_written(row["amount"], row["currency"])})


def _kind(row: Mapping[str, Any]) -> AlertType:
    if row["severity"]:
        return AlertType.VELOCITY
    return AlertType.HIGH_RISK if row["fraud_score"] > HIGH_RISK_ABOVE else AlertType.DETECTION


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
