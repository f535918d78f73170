"""A stack without its job, the job under the test's own control, and the proof."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from infra.local.process import Child, Command, Launcher
from infra.local.spark import Spark
from infra.local.stack import LocalStack
from infra.local.workspace import REPOSITORY
from tests.faults.points import VARIABLE

FAULTS = REPOSITORY / "tests" / "faults"
PATIENCE_S = 480.0
TRAFFIC = "--no-pace --rate 100 --duplicates 0.03 --late 0.01 --malformed 0.02"


@dataclass
class System:
    """Servers, and a job that tests kill."""

    stack: LocalStack
    launcher: Launcher
    kills: int = 0
    seed: int = 0
    job: Child | None = None
    _said_before: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What programs of the system see."""
        home = self.stack.workspace
        own = {"CHECKPOINT_LOCATION": str(home.checkpoint), VARIABLE: str(home.home / "failpoint")}
        return {**os.environ, **self.stack.environment, **own}

    def send(self, count: int) -> None:
        """Publish payments with duplicates, late and malformed ones among them."""
        self.seed += 1
        self._python("-m", "simulator", *TRAFFIC.split(), "--count", str(count), "--seed", str(self.seed), check=True)

    def start(self, failpoint: str | None = None) -> None:
        """Start the job on its checkpoint, to die at a failpoint where one is given."""
        armed = Path(self.environment[VARIABLE])
        armed.with_suffix(".hit").unlink(missing_ok=True)
        armed.write_text(failpoint or "none")
        self._said_before = self._log.stat().st_size if self._log.exists() else 0
        self.job = self.launcher.spawn(self._command(), self._log, self.stack.workspace.data("spark"))

    def has_said(self, event: str) -> bool:
        """Tell whether the job has logged an event since its start."""
        with self._log.open("rb") as log:
            log.seek(self._said_before)
            return f'"event": "{event}"'.encode() in log.read()

    def await_death(self) -> None:
        """Wait until the job has died of its failpoint."""
        hit = Path(self.environment[VARIABLE]).with_suffix(".hit")
        until(hit.exists)
        self.kills += 1
        job = self._job()
        until(lambda: job.exit_code is not None)
        job.stop(0)

    def kill(self) -> None:
        """Kill the driver's virtual machine, and whatever it leaves behind."""
        job = self._job()
        os.kill(job.pid, signal.SIGKILL)
        self.kills += 1
        job.stop(0)

    def kill_worker(self) -> None:
        """Kill the Python process that workers are forked from and a worker, as soon as there are any."""
        driver = psutil.Process(self._job().pid)

        def workers() -> list[psutil.Process]:
            return [one for one in driver.children(recursive=True) if "tests.faults.worker_daemon" in one.cmdline()]

        until(lambda: len(workers()) > 1)
        workers()[-1].kill()
        self.kills += 1

    def prove(self, *options: str) -> str:
        """Wait until the job, started again if it ends, has finished all that Kafka holds; fail if anything differs."""
        proofs: list[subprocess.CompletedProcess[str]] = []

        def is_finished() -> bool:
            if self._job().exit_code is not None:
                self.start()
            proofs.append(self._python("-m", "reconciliation", *options))
            return proofs[-1].returncode < 2 and "not finished" not in proofs[-1].stdout

        until(is_finished)
        assert proofs[-1].returncode == 0, proofs[-1].stdout
        return proofs[-1].stdout

    def _job(self) -> Child:
        assert self.job is not None, "no job has been started"
        return self.job

    @property
    def _log(self) -> Path:
        return self.stack.workspace.log("spark")

    def _command(self) -> Command:
        spark = Spark(self.stack.workspace, self.stack.settings)
        spark.prepare(self.launcher)
        command = spark.command(self.stack.environment)
        *options, _script = command.arguments
        daemon = ["--conf", "spark.python.daemon.module=tests.faults.worker_daemon"]
        own = {VARIABLE: self.environment[VARIABLE]}
        return Command([*options, *daemon, str(FAULTS / "driver.py")], {**command.environment, **own})

    def _python(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  our own programs
            [sys.executable, *arguments],
            env=self.environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=check,
        )


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fails with RetryError at the deadline."""
    Retrying(stop=stop_after_delay(PATIENCE_S), wait=wait_fixed(0.3), retry=retry_if_not_result(bool))(condition)


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
    print(f"\n{system.kills} kills")  # noqa: T201  for the record
