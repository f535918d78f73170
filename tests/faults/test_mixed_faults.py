"""Everything dies at random under steady load: `make mixed-faults`, for FAULT_MINUTES at FAULT_RATE events a second."""

import os
import random
from collections.abc import Callable
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


@pytest.mark.mixed_faults
@pytest.mark.timeout(int(MINUTES * 60) + 3600)
def test_mixed_faults_under_load_lose_and_double_nothing(system: System) -> None:
    chance = random.Random(SEED)  # noqa: S311  a repeatable choice, no secret
    sender = system.send_steadily(RATE, MINUTES * 60, SEED)
    system.start()
    while sender.exit_code is None:
        pause(system, chance.uniform(*PAUSES_S))
        FAULTS[chance.choice(list(FAULTS))](system, chance)
    assert sender.exit_code == 0, "the simulator could not deliver everything"
    system.revive()
    print(f"\nseed {SEED}\n{system.prove()}")  # noqa: T201  for the record
    system.kill()


def pause(system: System, seconds: float) -> None:
    """Let time pass, and start the job whenever it has ended."""
    until = monotonic() + seconds
    while monotonic() < until:
        system.revive()
        Event().wait(0.5)


def restart_server(server: str) -> Callable[[System, random.Random], None]:
    """Return what kills a server and starts it again."""

    def fault(system: System, _chance: random.Random) -> None:
        system.kill_server(server)
        system.stack.restart(server)

    return fault


def kill_worker(system: System, _chance: random.Random) -> None:
    """Kill a Python worker, if there is one just now."""
    system.kill_worker()


def freeze_pubsub(system: System, _chance: random.Random) -> None:
    """Let Pub/Sub answer nothing for a while."""
    with system.frozen("pubsub"):
        pause(system, FROZEN_S)


def reach_failpoint(system: System, chance: random.Random) -> None:
    """Let the next process that comes to a failpoint die there."""
    system.arm(chance.choice([*WORKER, *DRIVER]))
    system.kills["failpoint"] += 1


FAULTS: dict[str, Callable[[System, random.Random], None]] = {
    "driver": lambda system, _chance: system.kill(),
    "worker": kill_worker,
    "failpoint": reach_failpoint,
    "kafka": restart_server("kafka"),
    "redis": restart_server("redis"),
    "bigquery": restart_server("bigquery"),
    "pubsub": freeze_pubsub,
}
