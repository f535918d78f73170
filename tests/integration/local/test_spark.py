"""The whole stack with the job: its process is the driver's virtual machine, and nothing of it survives the stack."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infra.local.claim import holder
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


def starts(workspace: Workspace) -> int:
    return workspace.log("spark").read_text().count('"stream_started"')


@pytest.mark.timeout(900)
def test_the_job_is_revived_and_leaves_no_python_behind(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    call(tmp_path, "up", "--only", "spark")
    supervisor = holder(workspace)
    assert supervisor is not None
    try:
        first = spark(workspace)
        assert psutil.Process(first).name() == "java"
        assert workspace.hmac_keys_file.stat().st_mode & 0o777 == 0o600
        wait_until(lambda: len(living(first)) >= len(("driver", "daemon")), limit=60)
        pythons = living(first)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, pythons)))
        wait_until(lambda: starts(workspace) == 2, limit=240)
        assert spark(workspace) != first
        family = living(supervisor.pid)
        assert spark(workspace) in family
        supervisor.kill()
        wait_until(lambda: not any(map(is_alive, family)))
    finally:
        call(tmp_path, "down")
