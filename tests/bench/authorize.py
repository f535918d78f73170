"""`python -m tests.bench.authorize`: authorize_payment under load, on the real Redis and the Firestore emulator.

Prints one JSON object: ordinary payments whose cards Redis does not know yet, the same cards again (known), and a Redis
that has been killed. BENCH_AUTHORIZE_SECONDS sets how long each part lasts, BENCH_AUTHORIZE_RATE the requests a second.
BENCH_AUTHORIZE_REALTIME=1 (root, Linux) is for a machine that is busy with other work: load, function and stores go
first, so that the latencies are theirs.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import psutil

from infra.local.functions.authorize_payment import AuthorizePayment
from infra.local.stack.local_stack import LocalStack
from simulator.faults.shares import NO_FAULTS
from simulator.messages.truth import Label
from simulator.moments import micros
from simulator.people.population import Population
from simulator.traffic.run import Run
from tests.bench.open_loop import drive

ACCOUNTS = 1_000_000
COLD_RATE = 100.0
"""A card that Redis does not know costs a read of Firestore, whose emulator takes a few hundred a second."""


def main() -> None:
    """Run every part."""
    rate = float(os.environ.get("BENCH_AUTHORIZE_RATE", "500"))
    seconds = float(os.environ.get("BENCH_AUTHORIZE_SECONDS", "20"))
    with TemporaryDirectory() as folder, LocalStack(Path(folder), ("authorize_payment",)) as stack:
        count = round(COLD_RATE * seconds)
        if os.environ.get("BENCH_AUTHORIZE_REALTIME") == "1":
            _go_first(os.getpid(), *stack.pids.values())
        _measure(stack, count // 10, COLD_RATE, seed=0)  # connections, caches, bytecode
        parts = {"cards_unknown": _measure(stack, count, COLD_RATE, seed=1)}
        parts["cards_known"] = _measure(stack, count, rate, seed=1)
        with _without_redis(stack):
            parts["redis_killed"] = _measure(stack, count, COLD_RATE, seed=2)
    sys.stdout.write(msgspec.json.encode(parts).decode() + "\n")


def _go_first(*pids: int) -> None:
    """Give real-time priority to every thread of processes and their children."""
    trees = [one for pid in pids for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))]
    for thread in {thread.id for process in trees for thread in process.threads()}:
        os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(1))


def _measure(stack: LocalStack, count: int, rate: float, seed: int) -> dict[str, object]:
    function = stack.component("authorize_payment")
    assert isinstance(function, AuthorizePayment)
    bodies = _payments(count, rate, seed)
    process = psutil.Process(stack.pids["authorize_payment"])
    before, load = _cpu_seconds(process), drive(function.port, "/authorize", bodies, rate)
    cpu = 1_000 * (_cpu_seconds(process) - before) / count
    shape = {"requests_per_second": rate, "cpu_ms_per_request": round(cpu, 2), "machine_load": os.getloadavg()[0]}
    return load.figures() | shape


def _payments(count: int, rate: float, seed: int) -> list[bytes]:
    """Return ordinary payments from now on; those of one seed and count are of the same people and cards."""
    now = datetime.now(UTC)
    run = Run(Label.NORMAL, Population(seed, ACCOUNTS, now.year), micros(now), rate, count, 0, NO_FAULTS)
    return [value for block in run.blocks() for value in block.values if value]


def _cpu_seconds(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


@contextmanager
def _without_redis(stack: LocalStack) -> Iterator[None]:
    os.kill(stack.pids["redis"], signal.SIGKILL)
    try:
        yield
    finally:
        stack.restart("redis")


if __name__ == "__main__":
    main()
