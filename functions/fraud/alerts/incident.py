"""Incidents: alerts of one account that follow each other within an alert's life.

Which alerts make an incident depends on their event times alone, not on the order they arrive in: an alert that comes
late and falls between two incidents makes them one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from fraud.alerts.alert import Alert, Coalesced
from fraud.scoring.velocity import Severity

SCHEMA_VERSION = 1
ALERT_LIFE = timedelta(seconds=300)
"""How long an alert is live after its event: one that follows sooner belongs to the same incident."""

MAX_TRANSACTIONS = 100
"""Most transactions listed in one incident, the latest ones; `alerts` always has the full number."""

MAX_RECENT = 20
"""Most incidents of one account that a late alert can still join, the latest ones."""


class Occurrence(msgspec.Struct, frozen=True, order=True):
    """An alert as an incident lists it."""

    event_time: datetime
    transaction_id: str


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """`incidents/{incident_id}`: what is known of a run of alerts.

    `merged_into` names the incident that has taken this one over; what this one says then counts no more.
    """

    schema_version: int = SCHEMA_VERSION
    incident_id: str
    sender_account_id: str
    alerts: int
    first_event_time: datetime
    last_event_time: datetime
    top_severity: Severity
    top_score: int
    transactions: list[Occurrence]
    merged_into: str | None = None


class Span(msgspec.Struct, frozen=True):
    """When an incident's alerts happened."""

    incident_id: str
    first_event_time: datetime
    last_event_time: datetime


class RecentIncidents(msgspec.Struct, frozen=True):
    """The latest incidents of one account: a further alert finds its own among them."""

    spans: list[Span] = []


class Grouped(NamedTuple):
    """The incident an alert has joined, and those that went into it."""

    incident: Incident
    absorbed: list[Incident]


def near(recent: RecentIncidents, moment: datetime) -> list[str]:
    """Return the ids of the incidents that an alert of this event time belongs to: none, one, or two it connects."""
    return [
        span.incident_id
        for span in recent.spans
        if span.first_event_time - ALERT_LIFE < moment < span.last_event_time + ALERT_LIFE
    ]


def join(alert: Alert, incidents: Sequence[Incident]) -> Grouped:
    """Return the incident that an alert makes of those it belongs to; without any it opens a new one."""
    known = sorted(incidents, key=lambda incident: (incident.first_event_time, incident.incident_id))
    joining = opened(alert)
    kept = known[0] if known else joining
    absorbed = [msgspec.structs.replace(one, merged_into=kept.incident_id) for one in known[1:]]
    return Grouped(_together(kept.incident_id, [*known, joining]), absorbed)


def opened(alert: Alert) -> Incident:
    """Return the incident of a single alert, or of those it stands for, named after its transaction."""
    told = alert.stands_for or Coalesced(1, alert.event_time, alert.event_time)
    return Incident(
        incident_id=alert.transaction_id,
        sender_account_id=alert.sender_account_id,
        alerts=told.alerts,
        first_event_time=told.first_event_time,
        last_event_time=told.last_event_time,
        top_severity=alert.severity,
        top_score=alert.fraud_score,
        transactions=[Occurrence(alert.event_time, alert.transaction_id)],
    )


def remember(recent: RecentIncidents, grouped: Grouped) -> RecentIncidents:
    """Return an account's latest incidents after an alert has joined one."""
    incident = grouped.incident
    gone = {incident.incident_id, *(one.incident_id for one in grouped.absorbed)}
    span = Span(incident.incident_id, incident.first_event_time, incident.last_event_time)
    spans = [*(held for held in recent.spans if held.incident_id not in gone), span]
    return RecentIncidents(sorted(spans, key=lambda held: held.last_event_time)[-MAX_RECENT:])


def _together(incident_id: str, parts: Sequence[Incident]) -> Incident:
    return Incident(
        incident_id=incident_id,
        sender_account_id=parts[0].sender_account_id,
        alerts=sum(part.alerts for part in parts),
        first_event_time=min(part.first_event_time for part in parts),
        last_event_time=max(part.last_event_time for part in parts),
        top_severity=_highest(part.top_severity for part in parts),
        top_score=max(part.top_score for part in parts),
        transactions=sorted(one for part in parts for one in part.transactions)[-MAX_TRANSACTIONS:],
    )


def _highest(severities: Iterable[Severity]) -> Severity:
    return max(severities, key=lambda severity: severity.rank)
