"""A second run of a test on real servers is a finding: each is kept with its logs in `.local/reruns`, and counted.

`python -m tests.reruns` names the tests that needed one twice in the last twenty runs of the whole suite, and fails.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import msgspec
import pytest

from infra.local.machine.process import tail
from infra.local.machine.workspace import REPOSITORY, Workspace

FOLDER = REPOSITORY / ".local" / "reruns"
RUNS = 20
TWICE = 2

_LINES = 40
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 100


class Run(msgspec.Struct, frozen=True):
    """A run of tests: when it began, whether it was of the whole suite, and the tests that ran twice."""

    began: str
    is_whole: bool
    reruns: tuple[str, ...]


class Record:
    """The runs of one clone, in a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._file = folder / "runs.ndjson"

    def add(self, run: Run) -> None:
        """Write a run down."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(run) + b"\n")

    def add_log(self, began: str, test: str, text: str) -> Path:
        """Keep what is known of a failed attempt; return the file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = _NOT_IN_A_NAME.sub("-", test.removeprefix("tests/"))[-_LONGEST_NAME:]
        file = self._folder / f"{began}-{name}.log"
        with file.open("a") as log:
            log.write(text)
        return file

    def runs(self) -> list[Run]:
        """Return every run, the oldest first."""
        lines = self._file.read_bytes().splitlines() if self._file.exists() else []
        return [msgspec.json.decode(line, type=Run) for line in lines]


def repeated(runs: Iterable[Run]) -> dict[str, int]:
    """Return the tests that ran twice in two or more of the last twenty whole runs, or beside these."""
    latest = list(runs)[::-1]
    whole_so_far = accumulate((run.is_whole for run in latest), initial=0)
    counted = [run for run, whole in zip(latest, whole_so_far, strict=False) if whole < RUNS]
    total = Counter(test for run in counted for test in set(run.reruns))
    return {test: times for test, times in sorted(total.items()) if times >= TWICE}


class Watch:
    """The plugin that sees every report, also those of the workers."""

    def __init__(self, is_whole: bool, record: Record | None = None) -> None:
        self._began = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        self._is_whole = is_whole
        self._record = record or Record()
        self._logs: dict[str, Path] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the log of a failed attempt."""
        if str(report.outcome) == "rerun":
            parts = [(f"{report.nodeid} ({report.when})", report.longreprtext), *report.sections]
            text = "".join(f"==== {name}\n{content}\n" for name, content in parts)
            self._logs[report.nodeid] = self._record.add_log(self._began, report.nodeid, text)

    def pytest_sessionfinish(self) -> None:
        """Count."""
        if self._logs or self._is_whole:
            self._record.add(Run(self._began, self._is_whole, tuple(self._logs)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the logs are."""
        for test, log in self._logs.items():
            terminalreporter.write_line(f"{test} ran twice: {log.relative_to(REPOSITORY)}")


def server_logs(fixtures: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the end of each log of the stacks that a test's fixtures hold, under a title."""
    holders = [one for value in fixtures.values() for one in (value, getattr(value, "stack", None))]
    held = [getattr(one, "workspace", None) for one in holders]
    homes = dict.fromkeys(one.home for one in held if isinstance(one, Workspace))
    logs = [log for home in homes for log in sorted((home / "logs").glob("*.log"))]
    return [(f"the end of {log}", tail(log, _LINES)) for log in logs]


def main() -> None:
    """Name what is to be mended."""
    found = repeated(Record().runs())
    for test, times in found.items():
        print(f"{test} needed a second run in {times} of the last {RUNS} runs: mend it.")  # noqa: T201  a command
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
