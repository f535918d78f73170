"""The job as a child process, and what its log and the kernel say of its speed and cost."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from infra.local.job.spark import Spark
from infra.local.machine.process import Child, Launcher
from infra.local.machine.workspace import Workspace
from infra.local.settings import Settings
from tests.bench.cost import cpu_seconds

WARM_UP_SHARE = 0.25
PATIENCE_S = 1800
DISPOSITIONS = ("accepted", "duplicate", "late", "rejected")
"""What `batch_written` calls them; together they are the rows of a batch."""

COUNTED = (*DISPOSITIONS, "critical")
"""What the loop counts too. It knows velocity alone, and of the default detections no other says critical."""


@dataclass(frozen=True)
class Sample:
    """How far the job was, and what it had cost: wall clock and CPU of all its processes, in seconds."""

    rows: int
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Run:
    """A finished run: what was counted, and its speed after the warm-up."""

    counts: Mapping[str, int]
    warm: Sample
    end: Sample

    def figures(self) -> dict[str, float]:
        """Return rates after the warm-up."""
        rows, cpu = self.end.rows - self.warm.rows, self.end.cpu_seconds - self.warm.cpu_seconds
        return {
            "events": rows,
            "events_per_second": round(rows / (self.end.seconds - self.warm.seconds)),
            "cpu_seconds": round(cpu, 1),
            "events_per_cpu_second": round(rows / cpu),
            "start_and_warm_up_cpu_seconds": round(self.warm.cpu_seconds, 1),
        }


def run_job(workspace: Workspace, settings: Settings, environment: Mapping[str, str], rows: int) -> Run:
    """Run the job from an empty checkpoint until it has written `rows` positions, then end it."""
    launcher, spark = Launcher(), Spark(workspace, settings)
    spark.prepare(launcher)
    command = spark.command(environment)
    command = type(command)(command.arguments, {**command.environment, **environment})
    child = launcher.spawn(command, workspace.log("spark"), workspace.data("spark"))
    try:
        return _watch(child, workspace.log("spark"), rows)
    finally:
        child.stop(spark.patience)
        launcher.close()


def _watch(child: Child, log: Path, rows: int) -> Run:
    samples: list[Sample] = []

    def is_done() -> bool:
        child.check_running()
        counts = _counts(log)
        done = sum(counts[name] for name in DISPOSITIONS)
        if not samples or done > samples[-1].rows:
            samples.append(Sample(done, _now(), cpu_seconds(child.pid)))
        return done >= rows

    Retrying(stop=stop_after_delay(PATIENCE_S), wait=wait_fixed(0.2), retry=retry_if_not_result(bool))(is_done)
    warm = next(sample for sample in samples if sample.rows >= WARM_UP_SHARE * rows)
    if warm is samples[-1]:
        raise ValueError(f"{rows} events are one batch: too few to measure beyond the warm-up")
    return Run(_counts(log), warm, samples[-1])


def events(log: Path) -> list[dict[str, Any]]:
    """Return what a job has told its log."""
    lines = log.read_bytes().splitlines() if log.exists() else []
    return [msgspec.json.decode(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]


def _counts(log: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for event in events(log):
        if event["event"] == "batch_written":
            counts.update({name: event[name] for name in COUNTED if name in event})
    return counts


def _now() -> float:
    return os.times().elapsed
