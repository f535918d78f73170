"""Campaigns: alerts of any accounts that share what an attack is run with, within an hour, are told as one.

A device is shared by whichever alerts it raises. A network, merchant or issuer's range (BIN) is everybody's, and shared
only by alerts that were raised because of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from fraud.alerts.alert import Alert
from fraud.scoring.velocity import Severity

SCHEMA_VERSION = 1
REACH = timedelta(hours=1)
STEP = timedelta(minutes=1)
"""How much longer a campaign must have got for that to be written down: not each of its alerts writes to it."""

_RAISED_BY = {"NETWORK_TESTING": "ip_address", "MERCHANT_TESTING": "merchant_id", "BIN_TESTING": "bin_token"}


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """`campaigns/{campaign_id}`: when its alerts were, to the minute, and the worst of them.

    `absorbed` are campaigns that an alert has shown to be this one; those name it in `merged_into` and count no more.
    """

    schema_version: int = SCHEMA_VERSION
    campaign_id: str
    first_event_time: datetime
    last_event_time: datetime
    top_severity: Severity
    absorbed: list[str] = []
    merged_into: str | None = None

    def reaches(self, moment: datetime) -> bool:
        """Tell whether an alert at a moment still belongs to it."""
        return self.first_event_time - REACH < moment < self.last_event_time + REACH


class SharedThing(msgspec.Struct, frozen=True):
    """`campaign_things/{digest}`: the campaign that the latest alert about a thing belongs to."""

    campaign_id: str


def things(alert: Alert) -> list[str]:
    """Return digests of what an alert can share with others; they tell nothing of it to whoever does not know it."""
    names = ["device_id", *(name for flag, name in _RAISED_BY.items() if flag in alert.risk_flags)]
    held = [(name, value) for name in names if (value := getattr(alert, name))]
    return [sha256(f"campaign {name} {value}".encode()).hexdigest() for name, value in held]


def gathered(alert: Alert, campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Return the campaign that an alert belongs to, and then those that it shows to be the same.

    Of several the earliest takes the others over; with none that reaches it, the alert begins one.
    """
    near = [one for one in campaigns if one.reaches(alert.event_time)]
    known = sorted(near, key=lambda one: (one.first_event_time, one.campaign_id))
    parts = [*known, _begun(alert)]
    kept = msgspec.structs.replace(
        parts[0],
        first_event_time=min(one.first_event_time for one in parts),
        last_event_time=max(one.last_event_time for one in parts),
        top_severity=max((one.top_severity for one in parts), key=lambda severity: severity.rank),
        absorbed=sorted(
            {*parts[0].absorbed, *(name for one in known[1:] for name in (one.campaign_id, *one.absorbed))}
        ),
    )
    return [kept, *(msgspec.structs.replace(one, merged_into=kept.campaign_id) for one in known[1:])]


def is_news(before: Campaign | None, after: Campaign) -> bool:
    """Tell whether a campaign has changed by what is worth a write."""
    if before is None or (before.top_severity, before.absorbed) != (after.top_severity, after.absorbed):
        return True
    longer = (after.last_event_time - before.last_event_time, before.first_event_time - after.first_event_time)
    return max(longer) >= STEP


def _begun(alert: Alert) -> Campaign:
    name = sha256(f"campaign of {alert.transaction_id}".encode()).hexdigest()[:20]
    return Campaign(
        campaign_id=name,
        first_event_time=alert.event_time,
        last_event_time=alert.event_time,
        top_severity=alert.severity,
    )
