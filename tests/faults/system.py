"""A stack without its job, the job under the test's own control, and the proof."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import redis
from confluent_kafka.admin import AdminClient
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from infra.local.job.spark import Spark
from infra.local.machine.process import Child, Command, Launcher
from infra.local.machine.workspace import REPOSITORY
from infra.local.servers.bigquery import DATASET
from infra.local.servers.kafka import PAYMENT_EVENTS, provide_topic, topics
from infra.local.stack.local_stack import LocalStack
from tests.faults import removals
from tests.faults.backlog import positions_left
from tests.faults.points import VARIABLE
from tests.faults.processes import memory, workers
from tests.spark.session import SHORT_LIVED

FAULTS = REPOSITORY / "tests" / "faults"
PATIENCE_S = 480.0
UNANSWERED = 2
"""Exit status of a proof that could not be made."""

FAULTY = ("--duplicates", "0.03", "--late", "0.01", "--malformed", "0.02")
AT_ONCE = ("--no-pace", "--rate", "100")


@dataclass
class System:
    """Servers, and a job that tests kill."""

    stack: LocalStack
    launcher: Launcher
    kills: Counter[str] = field(default_factory=Counter)
    seed: int = 0
    topic: str = PAYMENT_EVENTS
    without: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    is_short_lived: bool = True
    starts: int = 0
    redis_lost_data: bool = False
    job: Child | None = None
    _said_before: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What programs of the system see."""
        checkpoint = {"CHECKPOINT_LOCATION": str(self.stack.workspace.checkpoint)}
        return {**os.environ, **self.stack.environment, **checkpoint, **self._own}

    def begin_anew(self, without: str = "") -> None:
        """Give the job an empty checkpoint, topic and Redis, and take something out of it; it does not run yet.

        What was sent before stays in the tables, of which proofs look at the present topic's rows only.
        """
        if self.job is not None:
            self.job.stop(0)
        self.without, self.topic = without, f"{PAYMENT_EVENTS}-{uuid4().hex[:8]}"
        admin = AdminClient({"bootstrap.servers": self.environment["KAFKA_BOOTSTRAP_SERVERS"]})
        provide_topic(admin, self.topic, topics(retention_hours=1)[PAYMENT_EVENTS])
        shutil.rmtree(self.stack.workspace.checkpoint, ignore_errors=True)
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as client:
            client.flushdb()
        self.redis_lost_data = False

    def send(self, count: int, *options: str) -> None:
        """Publish payments with duplicates, late and malformed ones among them."""
        self.seed += 1
        amount = ("--count", str(count), "--seed", str(self.seed), "--topic", self.topic)
        self._python("-m", "simulator", *AT_ONCE, *FAULTY, *amount, *options, check=True)

    def replay(self, file: Path) -> None:
        """Publish a file of payments."""
        self._python("-m", "simulator", "replay", str(file), "--topic", self.topic, check=True)

    def send_steadily(self, rate: int, seconds: float, seed: int) -> Child:
        """Publish payments, with as many faulty ones, at a steady rate beside everything else."""
        amount = ("--rate", str(rate), "--duration", str(seconds), "--seed", str(seed), "--topic", self.topic)
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
        """Start the job if it does not run, as its supervisor would."""
        if self.job is None or self.job.exit_code is not None:
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
        return self.has_written(f'"event": "{event}"')

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
            found = workers(self._job().pid)
            for worker in found[-1:]:
                worker.kill()
                self.kills["worker"] += 1
            return bool(found)
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

    def apply_schema(self) -> None:
        """Bring the tables to the files, as a deployment does before the job."""
        self._python("-m", "sql", "apply", check=True)

    def has_written(self, text: str) -> bool:
        """Tell whether the job has written some words to its log since its start."""
        with self._log.open("rb") as log:
            log.seek(self._said_before)
            return text.encode() in log.read()

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return what the job has logged of an event since its start."""
        with self._log.open("rb") as log:
            log.seek(self._said_before)
            named = f'"event": "{event}"'.encode()
            return [json.loads(line) for line in log if named in line and line.endswith(b"}\n")]

    def memory(self) -> int:
        """Return the bytes that the job takes up."""
        return memory(self._job().pid)

    def prove(self) -> str:
        """Wait until the job, started again if it ends, has finished all that Kafka holds; fail if anything differs."""
        proof = self._proof()
        assert proof.returncode == 0, proof.stdout
        return proof.stdout

    def disprove(self) -> str:
        """Wait as `prove` does; fail if nothing differs."""
        proof = self._proof()
        assert proof.returncode == 1, f"nothing was found to differ: {proof.stdout}"
        return proof.stdout

    def _proof(self) -> subprocess.CompletedProcess[str]:
        options = ["--redis-lost-data"] if self.redis_lost_data else []
        proofs: list[subprocess.CompletedProcess[str]] = []

        def is_proved() -> bool:
            self._catch_up()
            proofs.append(self._python("-m", "reconciliation", *options))
            return proofs[-1].returncode < UNANSWERED

        until(is_proved, every_s=3.0)
        return proofs[-1]

    def _catch_up(self) -> None:
        """Wait until the job has finished what Kafka holds, however long it takes while it gets on."""
        left = inf
        while left:
            until(partial(self._gets_below, left), every_s=1.0)
            left = self._left()

    def _gets_below(self, left: float) -> bool:
        return self._left() < left

    def _left(self) -> float:
        """Return how many positions the job, started again if it has ended, has yet to finish."""
        self.revive()
        return positions_left(self.stack.workspace.checkpoint, self.environment["KAFKA_BOOTSTRAP_SERVERS"], self.topic)

    def _job(self) -> Child:
        assert self.job is not None, "no job has been started"
        return self.job

    @property
    def _own(self) -> dict[str, str]:
        """What only this system's job and proofs are told."""
        return {
            VARIABLE: str(self.stack.workspace.home / "failpoint"),
            removals.VARIABLE: self.without,
            "PAYMENT_TOPIC": self.topic,
            **self.settings,
        }

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
        own = ["--conf", "spark.python.daemon.module=tests.faults.worker_daemon"]
        own += ["--driver-java-options", SHORT_LIVED] if self.is_short_lived else []
        return Command([*options, *own, str(FAULTS / "driver.py")], {**command.environment, **self._own})

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
