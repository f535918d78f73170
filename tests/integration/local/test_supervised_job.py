"""The job as `make up` starts it: through its supervisor, which heals it and hands it over without loss.

The stack runs from a copy of the source, so that a test can change the job's code as a deployment does.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra.local.job.folder import BatchFolder
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.stack.claim import holder
from infra.local.stack.endpoints import read_environment
from infra.local.stack.lifecycle import running
from tests.integration.local.waiting import is_alive, wait_until

SOURCES = ("infra", "functions", "dataproc_jobs", "sql", "simulator")
PATHS = (".", "functions", "dataproc_jobs")
PACKAGES = Path(sysconfig.get_path("purelib"))


@dataclass
class Deployment:
    """A stack that runs from its own source tree, and how many payments it has been sent."""

    tree: Path
    interpreter: str
    workspace: Workspace
    sent: int = 0
    seeds: Iterator[int] = field(default_factory=lambda: count(1))

    def call(self, *arguments: str) -> None:
        """Start or stop it."""
        command = [self.interpreter, "-m", "infra.local", *arguments, "--root", str(self.workspace.home.parent)]
        subprocess.run(command, cwd=self.tree, check=True, timeout=600)  # noqa: S603 - the program under test

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of our programs with the stack's addresses."""
        own = {"CHECKPOINT_LOCATION": str(self.workspace.checkpoint)}
        environment = {**os.environ, **read_environment(self.workspace), **own}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - the programs under test

    def send(self, *pace: str) -> None:
        """Send 300 payments, some of them twice."""
        numbers = ["--count", "300", "--duplicates", "0.05", "--seed", str(next(self.seeds))]
        done = self.python("simulator", *numbers, *(pace or ["--no-pace"]))
        assert done.returncode == 0, done.stderr
        self.sent += 300

    def driver(self) -> int:
        """Return the process of the job that runs."""
        return running(self.workspace)["spark"][0]

    def starts(self) -> int:
        """Return how many jobs have begun to read."""
        return self.workspace.log("spark").read_text().count('"stream_started"')

    def batches(self) -> list[dict[str, Any]]:
        """Return what Dataproc knows of the batches, in the order of their creation."""
        documents = BatchFolder(self.workspace.data("dataproc")).documents()
        return sorted((json.loads(file.read_text()) for file in documents), key=lambda batch: batch["createTime"])

    def proof(self) -> int:
        """Return how many positions `make verify` finds in good order, once the job has finished all it was sent."""
        said: list[subprocess.CompletedProcess[str]] = []

        def is_finished() -> bool:
            said.append(self.python("reconciliation", "--without-firestore"))  # no alert_fanout runs
            return said[-1].returncode < 2 and "not finished" not in said[-1].stdout

        wait_until(is_finished, limit=240)
        assert said[-1].returncode == 0, said[-1].stdout
        return sum(int(number.replace(",", "")) for number in re.findall(r"([\d,]+) received", said[-1].stdout))


def living(ancestor: int) -> list[int]:
    return [child.pid for child in psutil.Process(ancestor).children(recursive=True) if is_alive(child.pid)]


def interpreter_of(tree: Path) -> str:
    """Make an environment with this one's packages, whose own code is the tree's."""
    environment = tree / "environment"
    venv.create(environment, symlinks=True)
    packages = environment / PACKAGES.relative_to(sys.prefix)
    for package in PACKAGES.iterdir():
        if package.name != "payment_fraud.pth":
            (packages / package.name).symlink_to(package)
    (packages / "tree.pth").write_text("\n".join(str(tree / path) for path in PATHS))
    return str(environment / "bin" / "python")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The job with all it needs, started from a copy of the source."""
    tree = tmp_path_factory.mktemp("source")
    for folder in SOURCES:
        shutil.copytree(REPOSITORY / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    started = Deployment(tree, interpreter_of(tree), Workspace(tmp_path_factory.mktemp("stack")))
    started.call("up", "--only", "scheduler")
    yield started
    started.call("down")


@pytest.mark.timeout(900)
def test_a_killed_job_is_healed_by_its_supervisor_without_loss(deployment: Deployment) -> None:
    first, starts = deployment.driver(), deployment.starts()
    assert psutil.Process(first).name() == "java"
    assert deployment.workspace.hmac_keys_file.stat().st_mode & 0o777 == 0o600
    deployment.send()
    wait_until(lambda: len(living(first)) >= len(("driver", "daemon")), limit=120)
    pythons = living(first)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, pythons)))
    deployment.send()
    wait_until(lambda: deployment.starts() == starts + 1, limit=240)
    assert deployment.proof() == deployment.sent
    assert deployment.driver() != first


@pytest.mark.timeout(900)
def test_changed_code_is_handed_over_to_under_traffic_without_loss(deployment: Deployment) -> None:
    wait_until(lambda: deployment.starts() > 0, limit=240)
    starts, before = deployment.starts(), deployment.batches()[-1]
    with (deployment.tree / "dataproc_jobs" / "fraud_stream" / "sink.py").open("a") as source:
        source.write("\n# changed\n")
    os.kill(running(deployment.workspace)["stream_supervisor"][0], signal.SIGKILL)  # it comes back with the new code
    while deployment.starts() == starts:
        deployment.send("--rate", "60")
    deployment.send("--rate", "60")
    assert deployment.proof() == deployment.sent
    *_, old, new = deployment.batches()
    assert (old["name"], old["state"], new["state"]) == (before["name"], "SUCCEEDED", "RUNNING")
    assert old["labels"]["code"] != new["labels"]["code"]
    assert old["stateTime"] <= new["createTime"]


@pytest.mark.timeout(300)
def test_nothing_survives_a_killed_stack(deployment: Deployment) -> None:
    stack = holder(deployment.workspace)
    assert stack is not None
    family = living(stack.pid)
    assert deployment.driver() in family
    stack.kill()
    wait_until(lambda: not any(map(is_alive, family)))
