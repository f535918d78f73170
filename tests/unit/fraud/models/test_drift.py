from datetime import date

import pytest

from fraud.models.drift import Drift, Shift, Week, weeks_of

MONDAY, NEXT = date(2026, 10, 5), date(2026, 10, 12)


def drift(feature: str = "amount_usd", psi: float = 0.0, week: date = NEXT, **changes: int | str) -> Drift:
    counts: dict[str, int | str] = {"model_version": "m", "payments": 1_000, "reference_payments": 1_000}
    return Drift(week_start=week, feature=feature, psi=psi, **counts | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("psi", "payments", "reference", "shift"),
    [
        (0.0999, 1_000, 1_000, Shift.NONE),
        (0.1, 1_000, 1_000, Shift.LOOK),
        (0.2499, 1_000, 1_000, Shift.LOOK),
        (0.25, 1_000, 1_000, Shift.ACT),
        (0.25, 999, 1_000, Shift.NONE),
        (0.25, 1_000, 999, Shift.NONE),
    ],
)
def test_an_index_of_enough_payments_is_held_to_its_limits(
    psi: float, payments: int, reference: int, shift: Shift
) -> None:
    assert drift(psi=psi, payments=payments, reference_payments=reference).shift is shift


def test_weeks_come_newest_first_with_what_moved_most_first() -> None:
    still, moved = drift(), drift("velocity_60s", 0.3, payments=900)
    first = drift(week=MONDAY)
    assert weeks_of([first, still, moved, drift(model_version="other")], "m") == [
        Week(NEXT, 1_000, [moved, still]),
        Week(MONDAY, 1_000, [first]),
    ]


def test_the_reference_is_no_step_away_from_itself() -> None:
    assert Week(MONDAY, 1, [drift(), drift("velocity_60s")]).is_reference
    assert not Week(NEXT, 1, [drift(), drift("velocity_60s", 0.01)]).is_reference
