"""The last hour in figures: alerts by minute and severity, by score, by region."""

from collections.abc import Sequence

import msgspec

from fraud.scoring.score import MAX_SCORE
from fraud.scoring.velocity import Severity
from fraud_page.alerts.history import History
from fraud_page.alerts.tally import MINUTE_MS, MINUTES, SCORE_STEP, Tally

REGIONS_SHOWN = 8


class AccountAtRisk(msgspec.Struct, frozen=True):
    """An account with a live alert: its alerts in the hour, and when the last one stops being live (Unix s)."""

    account: str
    severity: str
    score: int
    hour_count: int
    expires_s: int


class Region(msgspec.Struct, frozen=True):
    """A region's alerts in the hour by severity rank."""

    region: str
    alerts: list[int]


class Summary(msgspec.Struct, frozen=True):
    """Figures of the hour up to now; each list of minutes runs from the oldest to the running one.

    `minutes` has per minute the alerts by severity rank, `scores` the alerts by tens of points; `regions` has those
    with the most alerts, and `more_regions` tells how many others there are. `since_ms` is set where the alerts do not
    reach back an hour.
    """

    start_ms: int
    severities: list[str]
    minutes: list[list[int]]
    scores: list[int]
    regions: list[Region]
    more_regions: int
    last_minute: int
    since_ms: int | None
    at_risk: int
    accounts: list[AccountAtRisk]


def summarise(history: History, tally: Tally, now_ms: int, at_risk: int, accounts: Sequence[AccountAtRisk]) -> Summary:
    """Return the figures of the last hour; alerts count when Redis takes them in."""
    start = (now_ms // MINUTE_MS - MINUTES + 1) * MINUTE_MS
    scores, regions = tally.hour(now_ms, lambda kind: kind.ten), _regions(tally, now_ms)
    return Summary(
        start_ms=start,
        severities=[severity.value for severity in Severity],
        minutes=[[minute[severity] for severity in Severity] for minute in tally.minutes(now_ms)],
        scores=[scores[ten] for ten in range(MAX_SCORE // SCORE_STEP)],
        regions=regions[:REGIONS_SHOWN],
        more_regions=len(regions[REGIONS_SHOWN:]),
        last_minute=len(history.since(now_ms - MINUTE_MS + 1)),
        since_ms=tally.complete_from_ms if tally.complete_from_ms > start else None,
        at_risk=at_risk,
        accounts=list(accounts),
    )


def _regions(tally: Tally, now_ms: int) -> list[Region]:
    """Return every region, those with the most alerts first."""
    totals = tally.hour(now_ms, lambda kind: kind.region)
    counts = tally.hour(now_ms, lambda kind: (kind.region, kind.severity))
    ranked = sorted(totals, key=lambda region: (-totals[region], region))
    return [Region(region, [counts[region, severity] for severity in Severity]) for region in ranked]
