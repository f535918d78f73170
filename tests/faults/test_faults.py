"""Every case ends with the proof that each position is stored once. `make faults` runs all, `make test` the first."""

import os
import random
import re
import signal
from threading import Event

import pytest

from tests.faults.conftest import System, until
from tests.faults.points import DRIVER, WORKER

SENT = 400
QUICK = ("between two tables", "between ledger and Spark's commit")
KILLS = int(os.environ.get("FAULT_KILLS", "20"))
SEED = int(os.environ.get("FAULT_SEED", "7"))


@pytest.mark.timeout(1800)
def test_a_crash_in_the_midst_of_a_batch_loses_and_doubles_nothing(system: System) -> None:
    for point in QUICK:
        system.send(SENT)
        system.start(point)
        system.await_death()
    system.start()
    proof = system.prove()
    system.kill()
    received = sum(int(number.replace(",", "")) for number in re.findall(r"([\d,]+) received", proof))
    assert received == len(QUICK) * SENT


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("point", [*WORKER, *DRIVER])
def test_a_crash_at_any_point_loses_and_doubles_nothing(system: System, point: str) -> None:
    system.send(1_000)
    system.start(point)
    system.await_death()
    system.start()
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_kills_at_random_moments_lose_and_double_nothing(system: System) -> None:
    moments = random.Random(SEED)  # noqa: S311  a repeatable choice, no secret
    for _kill in range(KILLS):
        system.send(2_000)
        system.start()
        until(lambda: system.has_said("stream_started"))
        Event().wait(moments.uniform(0, 20))
        system.kill()
    system.start()
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_a_killed_worker_ends_the_job_and_loses_nothing(system: System) -> None:
    system.send(5_000)
    system.start()
    system.kill_worker()
    system.prove()
    system.kill()


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("server", ["kafka", "bigquery", "redis"])
def test_a_killed_server_comes_back_and_nothing_is_lost(system: System, server: str) -> None:
    system.send(5_000)
    system.start()
    until(lambda: system.has_said("batch_written"))
    system.send(5_000)
    os.kill(system.stack.pids[server], signal.SIGKILL)
    system.kills += 1
    system.stack.restart(server)
    system.prove(*(["--redis-lost-data"] if server == "redis" else []))
    system.kill()
