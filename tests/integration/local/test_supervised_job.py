"""The job as `make up` starts it: through its supervisor, which heals it without loss; nothing survives the stack."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infra.local.claim import holder
from infra.local.endpoints import read_environment
from infra.local.lifecycle import running
from infra.local.workspace import REPOSITORY, Workspace
from tests.integration.local.waiting import is_alive, wait_until


def living(ancestor: int) -> list[int]:
    return [child.pid for child in psutil.Process(ancestor).children(recursive=True) if is_alive(child.pid)]


def call(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "infra.local", *arguments, "--root", str(root)]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=600)  # noqa: S603 - the program under test


def spark(workspace: Workspace) -> int:
    return running(workspace)["spark"][0]


def python(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {"CHECKPOINT_LOCATION": str(workspace.checkpoint)}
    environment = {**os.environ, **read_environment(workspace), **own}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - the programs under test


def send(workspace: Workspace, seed: int) -> None:
    sent = python(workspace, "simulator", "--count", "300", "--no-pace", "--duplicates", "0.05", "--seed", str(seed))
    assert sent.returncode == 0, sent.stderr


def proof(workspace: Workspace) -> str:
    """Return what `make verify` says once the job has finished all that it was sent."""
    said: list[subprocess.CompletedProcess[str]] = []

    def is_finished() -> bool:
        said.append(python(workspace, "reconciliation", "--without-firestore"))  # no alert_fanout runs
        return said[-1].returncode < 2 and "not finished" not in said[-1].stdout

    wait_until(is_finished, limit=240)
    assert said[-1].returncode == 0, said[-1].stdout
    return said[-1].stdout


def received(said: str) -> int:
    """Return how many positions a proof has looked at."""
    return sum(int(number) for number in re.findall(r"(\d+) received", said))


def starts(workspace: Workspace) -> int:
    return workspace.log("spark").read_text().count('"stream_started"')


@pytest.mark.timeout(900)
def test_a_killed_job_is_healed_by_its_supervisor_without_loss(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    call(tmp_path, "up", "--only", "scheduler")
    stack = holder(workspace)
    assert stack is not None
    try:
        first = spark(workspace)
        assert psutil.Process(first).name() == "java"
        assert workspace.hmac_keys_file.stat().st_mode & 0o777 == 0o600
        send(workspace, seed=1)
        wait_until(lambda: len(living(first)) >= len(("driver", "daemon")), limit=120)
        pythons = living(first)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, pythons)))
        send(workspace, seed=2)
        wait_until(lambda: starts(workspace) == 2, limit=240)
        assert received(proof(workspace)) == 600
        second = spark(workspace)
        assert second != first
        family = living(stack.pid)
        assert second in family
        stack.kill()
        wait_until(lambda: not any(map(is_alive, family)))
    finally:
        call(tmp_path, "down")
