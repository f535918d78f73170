"""How good the models are at the gate, by week, from what became known of payments afterwards."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import msgspec

MOST_FALSE_POSITIVES = 0.10
"""Above this share of honest payments that alert, a model deserves a look (the product's own limit)."""


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the view `model_quality`, which says what each figure means."""

    week_start: date
    model_version: str
    standing: str
    payments: int
    gated: int
    held_back: int
    share_held_back: float | None
    labelled: int
    precision_alerted: float | None
    false_positive_rate: float | None
    brier: float | None

    @property
    def is_bad(self) -> bool:
        """Whether too many honest payments alert."""
        return (self.false_positive_rate or 0.0) > MOST_FALSE_POSITIVES


class Course(NamedTuple):
    """One model in one standing over the weeks, the newest first."""

    model_version: str
    standing: str
    weeks: list[Quality]


def courses(rows: Iterable[Quality]) -> list[Course]:
    """Return rows by model and standing, champions first, the one that scored last before others."""
    grouped: dict[tuple[str, str], list[Quality]] = {}
    for row in sorted(rows, key=lambda one: one.week_start, reverse=True):
        grouped.setdefault((row.model_version, row.standing), []).append(row)
    found = [Course(version, standing, weeks) for (version, standing), weeks in grouped.items()]
    return sorted(found, key=lambda course: (course.standing != "CHAMPION", -course.weeks[0].week_start.toordinal()))
