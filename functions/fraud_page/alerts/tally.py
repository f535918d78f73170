"""Counts of the last hour's alerts, kept as they come: to look at them costs the same however many there were."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from fraud.scoring.score import MAX_SCORE
from fraud.scoring.velocity import Severity
from fraud_page.alerts.entry import Entry

MINUTE_MS = 60_000
MINUTES = 60
SCORE_STEP = 10

T = TypeVar("T")


class Kind(NamedTuple):
    """The traits that alerts are counted by; `ten` is the score by tens of points."""

    severity: Severity
    region: str
    ten: int


class Tally:
    """Alerts by the minute in which Redis took them in; `complete_from_ms` is since when none is left out (Unix ms)."""

    def __init__(self, entries: Sequence[Entry] = (), *, is_cut: bool = False) -> None:
        """Count entries; `is_cut` tells that there may have been others before them."""
        self.complete_from_ms = entries[0].position.at_ms if is_cut and entries else 0
        self._minutes: defaultdict[int, Counter[Kind]] = defaultdict(Counter)
        self._severities: defaultdict[int, Counter[Severity]] = defaultdict(Counter)
        self._hour: Counter[Kind] = Counter()
        self.add(entries)

    def add(self, entries: Sequence[Entry]) -> None:
        """Count entries that were not counted before."""
        for entry in entries:
            minute = entry.position.at_ms // MINUTE_MS
            kind = Kind(entry.severity, entry.region, min(entry.score, MAX_SCORE - 1) // SCORE_STEP)
            self._minutes[minute][kind] += 1
            self._severities[minute][entry.severity] += 1
            self._hour[kind] += 1

    def minutes(self, now_ms: int) -> list[Counter[Severity]]:
        """Return the alerts of sixty minutes by severity, from the oldest minute to the running one."""
        running = now_ms // MINUTE_MS
        return [self._severities.get(running - age, Counter()) for age in reversed(range(MINUTES))]

    def hour(self, now_ms: int, trait: Callable[[Kind], T]) -> Counter[T]:
        """Return the alerts of those sixty minutes by a trait of theirs."""
        self._drop_before(now_ms // MINUTE_MS - MINUTES + 1)
        counts: Counter[T] = Counter()
        for kind, alerts in self._hour.items():
            counts[trait(kind)] += alerts
        return counts

    def _drop_before(self, minute: int) -> None:
        for old in [held for held in self._minutes if held < minute]:
            self._hour -= self._minutes.pop(old)
            del self._severities[old]
