"""Child processes that never outlive their owner."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.errors import ComponentError
from infra.local.machine.guard import Guard, end_session
from infra.local.machine.workspace import REPOSITORY

_TETHER = Path(__file__).with_name("tether.py")

BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
"""Lets Python programs keep what they compile: where a container's image forbids it, Google's clients alone take 3 s of
every start to compile anew."""

# The kernel takes the thread that spawned a child for its parent: this one lives as long as the process.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: its absolute path with arguments, and what it sees beyond the inherited environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The program's file name."""
        return Path(self.arguments[0]).name


class Child:
    """A running program that leads a session of its own; its output goes to a log file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, guard: Guard) -> None:
        self._process = process
        self._log = log
        self._guard = guard
        guard.watch(process.pid)

    @property
    def pid(self) -> int:
        """The program's own process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def check_running(self) -> None:
        """Raise ComponentError, with the end of the log, if the program has ended."""
        if self.exit_code is not None:
            raise ComponentError(f"it ended with status {self.exit_code}; the end of {self._log}:\n{tail(self._log)}")

    def wait(self, limit: float | None = None) -> int | None:
        """Wait for the end, at most for `limit` seconds if given, and return the exit status, None if it still runs."""
        try:
            return self._process.wait(limit)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, patience: float) -> None:
        """End it: SIGTERM, SIGKILL after `patience` seconds, then SIGKILL for what is left of its session."""
        self._process.terminate()
        if self.wait(patience) is None:
            self._process.kill()
            self.wait()
        end_session(self.pid)
        self._guard.forget(self.pid)


class Launcher:
    """Starts children that end when this process does, by whatever cause."""

    def __init__(self) -> None:
        self._guard = Guard()

    def spawn(self, command: Command, log: Path, directory: Path = REPOSITORY) -> Child:
        """Start a program in `directory`, its output appended to `log`."""
        return Child(_spawner.submit(_popen, command, log, directory).result(), log, self._guard)

    def run(self, command: Command, log: Path, limit: float = 900.0) -> None:
        """Run a program to its end, at most for `limit` seconds.

        Raises ComponentError, with the end of its log, unless it exits with 0 in that time.
        """
        child = self.spawn(command, log)
        status = child.wait(limit)
        child.stop(patience=0)
        if status != 0:
            outcome = f"did not end within {limit:.0f} s" if status is None else f"ended with status {status}"
            raise ComponentError(f"{command.name} {outcome}; the end of {log}:\n{tail(log)}")

    def close(self) -> None:
        """End every child still alive."""
        self._guard.close()


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _popen(command: Command, log: Path, directory: Path) -> subprocess.Popen[bytes]:
    tether = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())]
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the components' own commands, no shell
            [*tether, *command.arguments],
            cwd=directory,
            env={**os.environ, **BYTECODE, **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
