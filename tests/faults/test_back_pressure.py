"""Five times the traffic that the job can take: `make back-pressure`, for FAULT_MINUTES (5).

What the job can take is held down by its own settings while it lasts; without them it then catches up.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tests.faults.system import System, until

MINUTES = float(os.environ.get("FAULT_MINUTES", "5"))
SEED = int(os.environ.get("FAULT_SEED", "7"))
CAP = {"MAX_OFFSETS_PER_TRIGGER": "1000", "TRIGGER_INTERVAL_MS": "5000"}
TIMES = 5
MEASURED = 12_000
WARM_BATCHES = 3
LOOK_EVERY_S = 5.0
GROWTH = 1.25
"""Most that the memory may take in the last third of the flood, as a multiple of what it took in the first."""


@dataclass(frozen=True)
class Sight:
    """What was seen at one moment: seconds since the flood began, bytes of memory, positions behind."""

    seconds: float
    memory: int
    behind: int


@pytest.mark.back_pressure
@pytest.mark.timeout(int(MINUTES * 60) + 5400)
def test_a_flood_grows_the_lag_and_not_the_memory(system: System) -> None:
    system.is_short_lived, system.settings = False, CAP
    system.start()
    rate = measured_rate(system)
    sights = list(flood(system, round(TIMES * rate)))
    third = len(sights) // 3
    first, last = (median(sight.memory for sight in some) for some in (sights[:third], sights[-third:]))
    report(rate, sights)
    assert sights[-1].behind > sights[third].behind > rate * LOOK_EVERY_S
    assert last < GROWTH * first
    system.kill()
    system.settings = {}
    system.start()
    began = monotonic()
    proof = system.prove()
    print(f"caught up and proved {monotonic() - began:.0f} s later\n{proof}")  # noqa: T201  for the record
    system.kill()


def measured_rate(system: System) -> float:
    """Return the positions a second that the job finishes when it always finds more."""
    system.send(MEASURED)
    until(lambda: sum(map(rows, system.said("batch_written"))) >= MEASURED)
    first, *rest = system.said("batch_written")[WARM_BATCHES:]
    took = datetime.fromisoformat(rest[-1]["timestamp"]) - datetime.fromisoformat(first["timestamp"])
    return sum(map(rows, rest)) / took.total_seconds()


def rows(batch: Mapping[str, Any]) -> int:
    """Return the positions of a batch; a count of zero is left out."""
    return sum(batch.get(name, 0) for name in ("accepted", "duplicate", "late", "rejected"))


def flood(system: System, rate: int) -> Iterator[Sight]:
    """Send payments at a rate for the time asked for, and yield what is seen meanwhile."""
    began, end = monotonic(), monotonic() + MINUTES * 60
    sender = system.send_steadily(rate, MINUTES * 60, SEED)
    while monotonic() < end:
        Event().wait(LOOK_EVERY_S)
        latest = system.said("progress")[-1]
        yield Sight(monotonic() - began, system.memory(), latest["offsets_behind"])
    until(lambda: sender.exit_code is not None)
    assert sender.exit_code == 0, "the simulator could not deliver everything"


def report(rate: float, sights: list[Sight]) -> None:
    """Print what was seen, a line a minute."""
    print(f"\nseed {SEED}: the job takes {rate:.0f} a second, {TIMES} times that came for {MINUTES:g} minutes")  # noqa: T201
    for sight in sights[:: round(60 / LOOK_EVERY_S)] + sights[-1:]:
        print(f"{sight.seconds:4.0f} s: {sight.memory / 1e6:5.0f} MB, {sight.behind:,} positions behind")  # noqa: T201
