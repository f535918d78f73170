"""Everything dies at random under steady load: `make mixed-faults`, for FAULT_MINUTES at FAULT_RATE events a second."""

import os
import random
from collections.abc import Callable, Iterator
from threading import Event
from time import monotonic

import pytest

from tests.faults.points import DRIVER, WORKER
from tests.faults.system import System

MINUTES = float(os.environ.get("FAULT_MINUTES", "30"))
RATE = int(os.environ.get("FAULT_RATE", "1000"))
SEED = int(os.environ.get("FAULT_SEED", "7"))
PAUSES_S = (15.0, 45.0)
"""Shortest and longest time between two faults."""

FROZEN_S = 10.0
LONGEST_S = 60.0
"""How long a fault waits for its occasion."""

Fault = Callable[[System, random.Random], None]


@pytest.mark.mixed_faults
@pytest.mark.timeout(int(MINUTES * 60) + 3600)
def test_mixed_faults_under_load_lose_and_double_nothing(system: System) -> None:
    chance = random.Random(SEED)  # noqa: S311  a repeatable choice, no secret
    sender = system.send_steadily(RATE, MINUTES * 60, SEED)
    system.is_short_lived = False
    system.start()
    for fault in in_rounds(chance):
        pause(system, chance.uniform(*PAUSES_S))
        if sender.exit_code is not None:
            break
        fault(system, chance)
    assert sender.exit_code == 0, "the simulator could not deliver everything"
    system.revive()
    print(f"\nseed {SEED}\n{system.prove()}")  # noqa: T201  for the record
    system.kill()


def in_rounds(chance: random.Random) -> Iterator[Fault]:
    """Yield every fault once, in an order by chance, again and again."""
    while True:
        yield from chance.sample(FAULTS, len(FAULTS))


def pause(system: System, seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
    """Let time pass, at most until something has happened, and start the job whenever it has ended."""
    end = monotonic() + seconds
    while monotonic() < end and not is_over():
        system.revive()
        Event().wait(0.5)


def restart_server(server: str) -> Fault:
    """Return what kills a server and starts it again."""

    def fault(system: System, _chance: random.Random) -> None:
        system.kill_server(server)
        system.stack.restart(server)

    return fault


def kill_worker(system: System, _chance: random.Random) -> None:
    """Kill a Python worker as soon as there is one."""
    pause(system, LONGEST_S, system.kill_worker)


def freeze_pubsub(system: System, _chance: random.Random) -> None:
    """Let Pub/Sub answer nothing for a while."""
    with system.frozen("pubsub"):
        pause(system, FROZEN_S)


def reach_failpoint(system: System, chance: random.Random) -> None:
    """Let the next process that comes to a failpoint die there."""
    point = chance.choice([*WORKER, *DRIVER])
    system.revive()
    system.arm(point)
    pause(system, LONGEST_S, lambda: system.was_hit)


def kill_driver(system: System, _chance: random.Random) -> None:
    """Kill the driver."""
    system.kill()


FAULTS: tuple[Fault, ...] = (
    kill_driver,
    kill_worker,
    reach_failpoint,
    restart_server("kafka"),
    restart_server("redis"),
    restart_server("bigquery"),
    freeze_pubsub,
)
