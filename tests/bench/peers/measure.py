"""A peer as a child process: how far it was when, and what it and the broker had cost by then."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from infra.local.errors import ComponentError
from infra.local.machine.process import Child, Command, tail
from tests.bench.cost import cpu_seconds
from tests.bench.peers.peer import Ground

WARM_UP_SHARE = 0.25
PATIENCE_S = 1800


@dataclass(frozen=True)
class Sample:
    """How many results there were, and what they had cost: wall clock, CPU of the peer and of the broker, in s."""

    results: int
    seconds: float
    cpu_seconds: float
    broker_seconds: float


@dataclass(frozen=True)
class Measured:
    """A finished run: its samples in order, and how many events gave its results."""

    samples: list[Sample]
    events: int

    def figures(self) -> dict[str, float]:
        """Return rates after the warm-up; events that left no result count in proportion to those that did."""
        end = self.samples[-1]
        warm = next(sample for sample in self.samples if sample.results >= WARM_UP_SHARE * end.results)
        warm = self.samples[0] if warm is end else warm  # all its results came at once
        events = round(self.events * (end.results - warm.results) / end.results)
        cpu = end.cpu_seconds - warm.cpu_seconds
        return {
            "events": events,
            "events_per_second": round(events / (end.seconds - warm.seconds)),
            "cpu_seconds": round(cpu, 1),
            "events_per_cpu_second": round(events / cpu),
            "start_and_warm_up_cpu_seconds": round(warm.cpu_seconds, 1),
            "broker_cpu_seconds": round(end.broker_seconds - warm.broker_seconds, 1),
        }


def measure(command: Command, ground: Ground, broker: int, results: int, events: int) -> Measured:
    """Run a peer until it has written this many results, and end it.

    Raises ComponentError, with the end of its log, if it ends before, fails or takes too long.
    """
    child = ground.launcher.spawn(command, ground.log)
    try:
        return Measured(list(_samples(child, ground, broker, results)), events)
    except RetryError as error:
        raise ComponentError(f"it had not finished after {PATIENCE_S} s:\n{tail(ground.log)}") from error
    finally:
        child.stop(patience=20)


def _samples(child: Child, ground: Ground, broker: int, results: int) -> list[Sample]:
    samples: list[Sample] = []
    lines = Lines(ground.results)

    def is_done() -> bool:
        code = child.exit_code
        found = lines.count()
        if code is None:
            samples.append(Sample(found, os.times().elapsed, cpu_seconds(child.pid), cpu_seconds(broker)))
        elif code == 0 and samples and found >= results:
            samples.append(_ended(samples[-1], found))
        else:
            raise ComponentError(f"it ended with status {code} after {found} of {results} results:\n{tail(ground.log)}")
        return found >= results

    Retrying(stop=stop_after_delay(PATIENCE_S), wait=wait_fixed(0.2), retry=retry_if_not_result(bool))(is_done)
    return samples


def _ended(last: Sample, found: int) -> Sample:
    """A peer that ends by itself had cost what it had at the last look, a fifth of a second before."""
    return Sample(found, last.seconds, last.cpu_seconds, last.broker_seconds)


class Lines:
    """Counts the lines below a folder that grows; what was counted once is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[int, tuple[int, int]] = {}

    def count(self) -> int:
        """Return the lines that have ended by now."""
        for file in self._files():
            number = file.stat().st_ino  # a file may be renamed when it is complete
            offset, lines = self._read.get(number, (0, 0))
            with file.open("rb") as content:
                content.seek(offset)
                fresh = content.read()
            self._read[number] = offset + len(fresh), lines + fresh.count(b"\n")
        return sum(lines for _, lines in self._read.values())

    def _files(self) -> Iterator[Path]:
        return (file for file in self._folder.rglob("*") if file.is_file())
