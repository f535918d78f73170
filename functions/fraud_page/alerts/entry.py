"""An alert as the page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from fraud.alerts.alert import AlertType, decode_alert
from fraud.alerts.explanation import Reason, reasons
from fraud.payments.money import as_written
from fraud.scoring.velocity import Severity
from fraud_page.alerts.position import Position


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser gets of an alert: amounts as text, since its numbers are binary; no token and no hash.

    `raised_ms` is when Redis took the alert in (Unix ms), `hour_count` the account's alerts in the hour before.
    """

    id: str
    raised_ms: int
    transaction_id: str
    type: AlertType
    severity: Severity
    event_time: datetime
    account: str
    receiver: str
    merchant_id: str
    merchant_category: str
    amount: str
    currency: str
    amount_usd: str
    region: str
    device: str
    velocity_60s: int
    velocity_5m: int
    peers: list[str]
    score: int
    reasons: list[Reason]
    probability: float | None
    model_reasons: list[str]
    hour_count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream; `encoded` is its `Shown` as JSON, made once for all pages."""

    position: Position
    severity: Severity
    region: str
    score: int
    encoded: bytes


def read_entry(name: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    """Return what the page shows of a stream entry.

    Raises KeyError, ArithmeticError or ValueError (as msgspec's errors are) for an entry that holds no alert.
    """
    position, alert = Position.parse(name.decode()), decode_alert(fields[b"alert"])
    shown = Shown(
        id=str(position),
        raised_ms=position.at_ms,
        transaction_id=alert.transaction_id,
        type=alert.type,
        severity=alert.severity,
        event_time=alert.event_time,
        account=alert.sender_account_id,
        receiver=alert.receiver_account_id,
        merchant_id=alert.merchant_id,
        merchant_category=alert.merchant_category,
        amount=f"{as_written(alert.amount, alert.currency):,f}",
        currency=alert.currency,
        amount_usd=f"{alert.amount_usd:,.2f}",
        region=alert.region,
        device=alert.device_id,
        velocity_60s=alert.velocity_60s,
        velocity_5m=alert.velocity_5m,
        peers=alert.velocity_fraud_peers,
        score=alert.fraud_score,
        reasons=reasons(alert),
        probability=alert.fraud_probability,
        model_reasons=alert.model_reasons,
        hour_count=int(fields[b"count"]),
    )
    return Entry(position, alert.severity, alert.region, alert.fraud_score, msgspec.json.encode(shown))
