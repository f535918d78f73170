"""Each failpoint once more, with what protects it taken out: the proof must fail, and by the right check."""

from collections.abc import Iterator, Mapping

import pytest

from tests.faults.points import DRIVER, WORKER
from tests.faults.system import System

FEW_ACCOUNTS = ("--accounts", "64", "--malformed", "0.1")
"""Alerts and dead letters in every Kafka partition."""

AGAIN = "its transaction had been accepted before"
"""Said of every row that stands twice in the first table, however far the tasks beside the dead one had come."""

TAKEN_OUT: Mapping[str, tuple[str, str]] = {
    "before the alerts": ("a batch is done when Spark has committed it", "no disposition"),
    "between Redis and Pub/Sub": ("Redis counts an alert once", "alerts in Redis:  Redis counts"),
    "between alerts and dead letters": ("Redis counts an alert once", "alerts in Redis:  Redis counts"),
    "between dead letters and warehouse": (
        "a dead letter's progress is kept with it",
        "again in the dead-letter",
    ),
    "between sending rows and knowing of it": ("rows that the table holds are left out", AGAIN),
    "between two tables": ("rows are appended at an offset", AGAIN),
    "between warehouse and the end of the task": ("rows that the table holds are left out", AGAIN),
    "between the tasks and the frontier": ("rows that the table holds are left out", AGAIN),
    "between frontier and ledger": ("rows are appended at an offset", AGAIN),
    "between ledger and Spark's commit": ("the ledger's ends are those before the batch", AGAIN),
}
"""What is taken out at each point, and what the proof must say then."""


@pytest.fixture(autouse=True)
def protected_again(system: System) -> Iterator[None]:
    """Leave the next test an empty job with every protection."""
    yield
    system.begin_anew()


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("point", [*WORKER, *DRIVER])
def test_a_crash_at_a_point_without_its_protection_is_found(system: System, point: str) -> None:
    protection, named = TAKEN_OUT[point]
    system.begin_anew(without=protection)
    system.revive()
    system.send(300, *FEW_ACCOUNTS)
    system.prove()  # without a crash nobody misses it
    system.arm(point)
    system.send(300, *FEW_ACCOUNTS)
    system.await_death()
    found = system.disprove()
    print(f"\n{point}, without that {protection}:\n{found}")  # noqa: T201  for the record
    assert named in found
