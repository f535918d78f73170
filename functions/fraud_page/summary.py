"""The last hour in figures: alerts by minute and severity, and how their scores are spread."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from fraud.scoring import MAX_SCORE
from fraud.velocity import Severity
from fraud_page.entry import Entry
from fraud_page.history import History

MINUTE_MS = 60_000
MINUTES = 60
SCORE_STEP = 10


class AccountAtRisk(msgspec.Struct, frozen=True):
    """An account with a live alert: its alerts in the hour, and when the last one stops being live (Unix s)."""

    account: str
    severity: str
    score: int
    hour_count: int
    expires_s: int


class Summary(msgspec.Struct, frozen=True):
    """Figures of the hour up to now; each list of minutes runs from the oldest to the running one.

    `minutes` has per minute the alerts by severity rank, `scores` the alerts by tens of points. `since_ms` is set
    where the stream does not reach back an hour.
    """

    start_ms: int
    severities: list[str]
    minutes: list[list[int]]
    scores: list[int]
    last_minute: int
    since_ms: int | None
    at_risk: int
    accounts: list[AccountAtRisk]


def summarise(history: History, now_ms: int, at_risk: int, accounts: Sequence[AccountAtRisk]) -> Summary:
    """Return the figures of the last hour; alerts count when Redis takes them in."""
    start = (now_ms // MINUTE_MS - MINUTES + 1) * MINUTE_MS
    entries = history.since(start)
    oldest = entries[0].position.at_ms if entries else now_ms
    return Summary(
        start_ms=start,
        severities=[severity.value for severity in Severity],
        minutes=_by_minute(entries, start),
        scores=_by_score(entries),
        last_minute=sum(entry.position.at_ms > now_ms - MINUTE_MS for entry in entries),
        since_ms=None if history.reaches(start) else oldest,
        at_risk=at_risk,
        accounts=list(accounts),
    )


def _by_minute(entries: Sequence[Entry], start_ms: int) -> list[list[int]]:
    counts = Counter(((entry.position.at_ms - start_ms) // MINUTE_MS, entry.severity) for entry in entries)
    return [[counts[minute, severity] for severity in Severity] for minute in range(MINUTES)]


def _by_score(entries: Sequence[Entry]) -> list[int]:
    counts = Counter(min(entry.score, MAX_SCORE - 1) // SCORE_STEP for entry in entries)
    return [counts[ten] for ten in range(MAX_SCORE // SCORE_STEP)]
