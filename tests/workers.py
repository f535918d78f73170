"""Which tests run beside which when `-n` gives the suite several workers, each with a stack and ports of its own."""

import os
from collections.abc import Mapping
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

from infra.local.machine import ports

TESTS = Path(__file__).parent

SLOWEST_FIRST = ("faults", "e2e", "spark", "integration", "unit")
"""The layers in the order in which they are handed out: what is short fills the gaps at the end."""

_DASHBOARD_PORTS = 100


def group(path: Path) -> str:
    """Return what a test file shares a worker with, one after the other: those that share a running system.

    The tests of the whole stack, under faults, of Spark, and of a function's folder; elsewhere a file alone.
    """
    layer, *rest = path.relative_to(TESTS).parts
    if layer in {"faults", "e2e", "spark"}:
        return layer
    return f"{layer}/{rest[0]}" if layer == "integration" else str(path.relative_to(TESTS))


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist comes without types
    """Hands out groups whole. (The marks of `--dist loadgroup` do nothing under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return group(TESTS.parent / nodeid.partition("::")[0])


def place(path: Path) -> int:
    """Return when a test file's layer is handed out, the first at 0."""
    layer = path.relative_to(TESTS).parts[0]
    return SLOWEST_FIRST.index(layer) if layer in SLOWEST_FIRST else 0


def keep_apart(environment: Mapping[str, str]) -> None:
    """Give this worker's stacks ports that no other worker's choose, not even between choosing and listening."""
    if "PYTEST_XDIST_WORKER" not in environment:
        return
    number, count = int(environment["PYTEST_XDIST_WORKER"][2:]), int(environment["PYTEST_XDIST_WORKER_COUNT"])
    ports._CANDIDATES = ports._CANDIDATES[number::count]
    os.environ["LOCAL_STACK_DASHBOARD_PORT"] = str(3_000 + _DASHBOARD_PORTS * number)
