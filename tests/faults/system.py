"""A stack without its job, the job under the test's own control, and the proof."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from google.api_core.exceptions import DeadlineExceeded
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from infra.local.bigquery import DATASET
from infra.local.process import Child, Command, Launcher
from infra.local.spark import Spark
from infra.local.stack import LocalStack
from infra.local.subscriptions import provide_pull, subscriber
from infra.local.workspace import REPOSITORY
from tests.faults.points import VARIABLE

FAULTS = REPOSITORY / "tests" / "faults"
PATIENCE_S = 480.0
FAULTY = ("--duplicates", "0.03", "--late", "0.01", "--malformed", "0.02")
AT_ONCE = ("--no-pace", "--rate", "100")


@dataclass
class System:
    """Servers, and a job that tests kill."""

    stack: LocalStack
    launcher: Launcher
    kills: Counter[str] = field(default_factory=Counter)
    seed: int = 0
    starts: int = 0
    redis_lost_data: bool = False
    job: Child | None = None
    _said_before: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What programs of the system see."""
        home = self.stack.workspace
        own = {"CHECKPOINT_LOCATION": str(home.checkpoint), VARIABLE: str(home.home / "failpoint")}
        return {**os.environ, **self.stack.environment, **own}

    def send(self, count: int, *options: str) -> None:
        """Publish payments with duplicates, late and malformed ones among them."""
        self.seed += 1
        amount = ("--count", str(count), "--seed", str(self.seed))
        self._python("-m", "simulator", *AT_ONCE, *FAULTY, *amount, *options, check=True)

    def replay(self, file: Path) -> None:
        """Publish a file of payments."""
        self._python("-m", "simulator", "replay", str(file), check=True)

    def send_steadily(self, rate: int, seconds: float, seed: int) -> Child:
        """Publish payments, with as many faulty ones, at a steady rate beside everything else."""
        amount = ("--rate", str(rate), "--duration", str(seconds), "--seed", str(seed))
        command = [sys.executable, "-m", "simulator", "--scenario", "card-testing", *FAULTY, *amount]
        return self.launcher.spawn(Command(command, self.environment), self.stack.workspace.log("simulator"))

    def start(self, failpoint: str | None = None) -> None:
        """Start the job on its checkpoint, to die at a failpoint where one is given."""
        if self.job is not None and self.job.exit_code is None:
            self.job.stop(0)  # of a case that failed
        self.arm(failpoint)
        self._spark().prepare(self.launcher)
        self.starts += 1
        self._said_before = self._log.stat().st_size if self._log.exists() else 0
        self.job = self.launcher.spawn(self._command(), self._log, self.stack.workspace.data("spark"))

    def arm(self, failpoint: str | None) -> None:
        """Let the first process that comes to a failpoint die there, and count the one that has."""
        self.kills["failpoint"] += self.was_hit
        self._armed.with_suffix(".hit").unlink(missing_ok=True)
        self._armed.write_text(failpoint or "none")

    @property
    def was_hit(self) -> bool:
        """Whether a process has died of the failpoint that was armed last."""
        return self._armed.with_suffix(".hit").exists()

    def revive(self) -> None:
        """Start the job again if it has ended, as its supervisor would."""
        job = self._job()
        if job.exit_code is not None:
            job.stop(0)
            self.start()

    def start_second(self) -> str:
        """Start another copy of the job on the same checkpoint, and return its last words when it has failed."""
        log = self.stack.workspace.log("second")
        second = self.launcher.spawn(self._command(), log, self.stack.workspace.data("second"))
        until(lambda: second.exit_code is not None)
        second.stop(0)
        assert second.exit_code, "the second copy ended as if all were well"
        return log.read_text()

    def has_said(self, event: str) -> bool:
        """Tell whether the job has logged an event since its start."""
        with self._log.open("rb") as log:
            log.seek(self._said_before)
            return f'"event": "{event}"'.encode() in log.read()

    def await_death(self) -> None:
        """Wait until the job has died of its failpoint."""
        until(lambda: self.was_hit)
        self.await_end()

    def await_end(self) -> None:
        """Wait until the job has ended by itself."""
        job = self._job()
        until(lambda: job.exit_code is not None)
        job.stop(0)

    def kill(self) -> None:
        """Kill the driver's virtual machine, and whatever it leaves behind."""
        job = self._job()
        if job.exit_code is None:
            os.kill(job.pid, signal.SIGKILL)
            self.kills["driver"] += 1
        job.stop(0)

    def kill_worker(self) -> bool:
        """Kill a Python worker; tells whether there was one."""
        with suppress(psutil.NoSuchProcess):
            workers = self._python_processes()[1:]
            for worker in workers[-1:]:
                worker.kill()
                self.kills["worker"] += 1
            return bool(workers)
        return False

    def kill_server(self, server: str) -> None:
        """Kill a server; it stays down."""
        os.kill(self.stack.pids[server], signal.SIGKILL)
        self.kills[server] += 1

    def lose_redis_data(self) -> None:
        """Kill Redis and remove what it wrote; proofs accept from now on that alerts are missing there."""
        self.kill_server("redis")
        shutil.rmtree(self.stack.workspace.data("redis") / "appendonlydir")
        self.redis_lost_data = True

    @contextmanager
    def frozen(self, server: str) -> Iterator[None]:
        """Let a server take connections and answer nothing while in context."""
        os.kill(self.stack.pids[server], signal.SIGSTOP)
        self.kills[f"{server} frozen"] += 1
        try:
            yield
        finally:
            os.kill(self.stack.pids[server], signal.SIGCONT)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        endpoint = {"api_endpoint": self.environment["BIGQUERY_EMULATOR_HOST"]}
        project = self.environment["GOOGLE_CLOUD_PROJECT"]
        with bigquery.Client(project, AnonymousCredentials(), client_options=endpoint) as client:
            config = bigquery.QueryJobConfig(default_dataset=f"{project}.{DATASET}")
            return [tuple(row.values()) for row in client.query(query, config).result()]

    @contextmanager
    def subscription(self) -> Iterator[Callable[[], set[str]]]:
        """Subscribe to the alerts published from now on; yields what pulls those that wait: their transactions."""
        project, name = self.environment["GOOGLE_CLOUD_PROJECT"], "faults"
        with subscriber(self.environment["PUBSUB_EMULATOR_HOST"]) as client:
            provide_pull(client, project, name, "fraud-alerts")
            path = client.subscription_path(project, name)

            def pull() -> set[str]:
                found: set[str] = set()
                with suppress(DeadlineExceeded):  # as an empty answer: nothing waits any more
                    while answer := client.pull(subscription=path, max_messages=1_000, timeout=5).received_messages:
                        found |= {json.loads(one.message.data)["transaction_id"] for one in answer}
                        client.acknowledge(subscription=path, ack_ids=[one.ack_id for one in answer], timeout=5)
                return found

            yield pull
            client.delete_subscription(subscription=path, timeout=10)

    def prove(self) -> str:
        """Wait until the job, started again if it ends, has finished all that Kafka holds; fail if anything differs."""
        options = ["--redis-lost-data"] if self.redis_lost_data else []
        proofs: list[subprocess.CompletedProcess[str]] = []

        def is_finished() -> bool:
            self.revive()
            proofs.append(self._python("-m", "reconciliation", *options))
            return proofs[-1].returncode < 2 and "not finished" not in proofs[-1].stdout

        until(is_finished, every_s=3.0)
        assert proofs[-1].returncode == 0, proofs[-1].stdout
        return proofs[-1].stdout

    def _python_processes(self) -> list[psutil.Process]:
        """Return the process that workers are forked from, and the workers."""
        processes = psutil.Process(self._job().pid).children(recursive=True)
        return [one for one in processes if "tests.faults.worker_daemon" in one.cmdline()]

    def _job(self) -> Child:
        assert self.job is not None, "no job has been started"
        return self.job

    @property
    def _log(self) -> Path:
        return self.stack.workspace.log("spark")

    @property
    def _armed(self) -> Path:
        return Path(self.environment[VARIABLE])

    def _spark(self) -> Spark:
        return Spark(self.stack.workspace, self.stack.settings)

    def _command(self) -> Command:
        command = self._spark().command(self.stack.environment)
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


def until(condition: Callable[[], bool], every_s: float = 0.3) -> None:
    """Wait for a condition; fails with RetryError at the deadline."""
    Retrying(stop=stop_after_delay(PATIENCE_S), wait=wait_fixed(every_s), retry=retry_if_not_result(bool))(condition)
