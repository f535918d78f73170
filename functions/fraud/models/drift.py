"""How far what a model sees has moved in twelve weeks, by week."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

LOOK, ACT = 0.1, 0.25
"""Population stability index from which a shift deserves a look, and an act: the usual limits of credit scoring."""

FEWEST = 1_000
"""Payments of a week, and of the reference, of which an index says something: of fewer it is large by chance."""


class Shift(StrEnum):
    """How an index stands to its limits."""

    NONE = ""
    LOOK = "look"
    ACT = "act"


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the view `model_drift`, which says what each figure means."""

    week_start: date
    model_version: str
    feature: str
    payments: int
    reference_payments: int
    psi: float

    @property
    def shift(self) -> Shift:
        """How far the week is from the reference; of too few payments nothing is said."""
        if min(self.payments, self.reference_payments) < FEWEST or self.psi < LOOK:
            return Shift.NONE
        return Shift.ACT if self.psi >= ACT else Shift.LOOK


class Week(NamedTuple):
    """One week of a model: its drift by feature, those that moved most first."""

    week_start: date
    payments: int
    drifts: list[Drift]

    @property
    def is_reference(self) -> bool:
        """Whether other weeks are compared with this one: it is no step away from itself."""
        return all(one.psi == 0 for one in self.drifts)


def weeks_of(rows: Iterable[Drift], model_version: str) -> list[Week]:
    """Return the weeks of a model, the newest first."""
    by_week: dict[date, list[Drift]] = {}
    for row in rows:
        if row.model_version == model_version:
            by_week.setdefault(row.week_start, []).append(row)
    return [
        Week(start, max(one.payments for one in found), sorted(found, key=lambda one: (-one.psi, one.feature)))
        for start, found in sorted(by_week.items(), reverse=True)
    ]
