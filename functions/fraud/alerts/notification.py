"""Notifications: news of an incident for people outside, once when it opens and once when it gets worse."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

import msgspec

from fraud.alerts.alert import Alert, AlertType
from fraud.alerts.campaign import Campaign
from fraud.alerts.incident import Incident
from fraud.scoring.velocity import Severity

SCHEMA_VERSION = 1


class NotificationKind(StrEnum):
    """What has happened to the incident."""

    INCIDENT_OPENED = "INCIDENT_OPENED"
    SEVERITY_RAISED = "SEVERITY_RAISED"


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as it stood when `transaction_id` joined it; leaves out what would identify the card.

    `alerts`, the event times and the `top_…` fields are the incident's, `campaign_id` is the campaign's that it belongs
    to, the rest the alert's. `amount` is exact, in `currency`.
    """

    schema_version: int = SCHEMA_VERSION
    notification_id: str
    kind: NotificationKind
    incident_id: str
    campaign_id: str | None = None
    sender_account_id: str
    alerts: int
    first_event_time: datetime
    last_event_time: datetime
    top_severity: Severity
    top_score: int
    transaction_id: str
    type: AlertType
    severity: Severity
    event_time: datetime
    receiver_account_id: str
    merchant_id: str
    amount: Decimal
    currency: str
    region: str
    velocity_60s: int
    fraud_score: int
    risk_flags: list[str]


def notification(
    alert: Alert, incident: Incident, known: Iterable[Incident | Campaign], campaign_id: str | None = None
) -> Notification | None:
    """Return what to tell of an alert that made `incident` of the `known` ones; None where it is no news.

    Of a campaign people have been told already, whichever account its next alert is of.
    """
    kind = _news(alert, list(known))
    if kind is None:
        return None
    fields = {name: getattr(alert, name) for name in _OF_ALERT} | {
        name: getattr(incident, name) for name in _OF_INCIDENT
    }
    return Notification(
        notification_id=notification_id(alert.transaction_id), kind=kind, campaign_id=campaign_id, **fields
    )


def notification_id(transaction_id: str) -> str:
    """Return the id of the notification that a transaction's alert causes: the same however often it is delivered.

    A digest, since a transaction id may hold characters that neither HTTP headers nor document names allow.
    """
    return f"ntf_{sha256(transaction_id.encode()).hexdigest()[:32]}"


_OF_INCIDENT = ("incident_id", "alerts", "first_event_time", "last_event_time", "top_severity", "top_score")
_OF_ALERT = tuple(set(Alert.__struct_fields__) & set(Notification.__struct_fields__) - {"schema_version"})


def _news(alert: Alert, known: list[Incident | Campaign]) -> NotificationKind | None:
    if not known:
        return NotificationKind.INCIDENT_OPENED
    is_worse = all(alert.severity.rank > one.top_severity.rank for one in known)
    return NotificationKind.SEVERITY_RAISED if is_worse else None


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(Notification)


def encode_notification(notification: Notification) -> bytes:
    """Return the notification as JSON."""
    return _ENCODER.encode(notification)


def decode_notification(document: bytes) -> Notification:
    """Return the notification that a JSON document holds. Raises msgspec.DecodeError."""
    return _DECODER.decode(document)
