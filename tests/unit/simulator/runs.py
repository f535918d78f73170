"""Runs for tests."""

from simulator.faults.shares import Shares
from simulator.messages.truth import Label
from simulator.moments import DAY
from simulator.people.population import Population
from simulator.traffic.run import Run

START = 20_779 * DAY + 123_456


def a_run(
    scenario: Label = Label.NORMAL,
    *,
    seed: int = 7,
    rate: float = 500.0,
    ordinary: int = 20_000,
    shares: Shares = Shares(duplicates=0.02, late=0.005, malformed=0.01),  # noqa: B008 - immutable
    start: int = START,
) -> Run:
    """Return a run of 40 seconds with all that can go wrong in it."""
    return Run(
        scenario=scenario,
        population=Population(seed, 1_800_000, 2026),
        start=start,
        rate=rate,
        ordinary=ordinary,
        episodes=0 if scenario is Label.NORMAL else 1,
        shares=shares,
    )
