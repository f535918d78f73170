"""The system under faults, and a disk that is nearly full."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.machine.process import Launcher
from infra.local.stack.local_stack import LocalStack
from tests.faults.system import System

SPARE_BYTES = 32_000_000


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Kafka, Redis, Pub/Sub and BigQuery, and no job yet."""
    launcher = Launcher()
    with LocalStack(tmp_path_factory.mktemp("faults"), ("kafka", "redis", "pubsub", "bigquery")) as stack:
        system = System(stack, launcher)
        yield system
        if system.job is not None:
            system.job.stop(4)
        launcher.close()
    print(f"\n{system.kills.total()} kills: {dict(system.kills)}")  # noqa: T201  for the record


@pytest.fixture
def small_disk(system: System, tmp_path: Path) -> Iterator[Path]:
    """The checkpoint on a file system of its own, with a few megabytes to spare."""
    checkpoint, aside = system.stack.workspace.checkpoint, tmp_path / "checkpoint"
    checkpoint.mkdir(exist_ok=True)
    used = sum(file.stat().st_size + 4_096 for file in checkpoint.rglob("*"))
    shutil.copytree(checkpoint, aside)
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={used + SPARE_BYTES}", "tmpfs", str(checkpoint))
    if mounted.returncode:
        pytest.skip("a small disk takes the right to mount one")
    try:
        shutil.copytree(aside, checkpoint, dirs_exist_ok=True)
        yield checkpoint
        shutil.rmtree(aside)
        shutil.copytree(checkpoint, aside)
    finally:
        _run("umount", "-l", str(checkpoint))
    shutil.copytree(aside, checkpoint, dirs_exist_ok=True)


def _run(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, check=False, capture_output=True)  # noqa: S603  our own words
