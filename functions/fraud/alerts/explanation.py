"""Why a payment has its flags: one line for each, as the row, the alert and the page tell it."""

import re
from typing import NamedTuple

from fraud.alerts.alert import Alert

_LINE = re.compile(r"(?P<flag>[A-Z][A-Z0-9_]*) \((?P<points>[0-9]{1,3})\)(?:: (?P<words>.*))?\Z", re.DOTALL)


class Reason(NamedTuple):
    """A flag, its points, and the values that raised it in words; points are None for an alert of version 1."""

    flag: str
    points: int | None
    words: str = ""

    def __str__(self) -> str:
        """Return the line: `VELOCITY_60S (40): velocity_60s is 4 (more than 3)`."""
        head = f"{self.flag} ({self.points})"
        return f"{head}: {self.words}" if self.words else head


def reasons(alert: Alert) -> list[Reason]:
    """Return why an alert has its score."""
    if not alert.reason_codes:
        return [Reason(flag, None) for flag in alert.risk_flags]
    return [_read(line) for line in alert.reason_codes]


def _read(line: str) -> Reason:
    found = _LINE.match(line)
    return Reason(found["flag"], int(found["points"]), found["words"] or "") if found else Reason(line, None)
