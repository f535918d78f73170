"""Children end with their owner, whatever ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from infra.local.errors import ComponentError
from infra.local.machine.process import Command, Launcher
from infra.local.machine.workspace import REPOSITORY
from tests.integration.local.waiting import is_alive, wait_until

SHELL = "/bin/sh"

# Starts a child with a grandchild that ignores every signal it can and has left the child's process group.
OWNER = """
import sys, time
from pathlib import Path
from infra.local.machine.process import Command, Launcher
grandchild = "import os, signal, time; os.setpgid(0, 0); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
log = Path(sys.argv[1])
child = Launcher().spawn(Command(["/bin/sh", "-c", f"{sys.executable} -c '{grandchild}' & echo $!; wait"]), log)
while not log.read_text().endswith("\\n"):
    time.sleep(0.01)
print(child.pid, log.read_text().strip(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    launcher = Launcher()
    yield launcher
    launcher.close()


@contextmanager
def owner(log: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    command = [sys.executable, "-c", OWNER, str(log)]
    with subprocess.Popen(  # noqa: S603 - this test's own program
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, [int(pid) for pid in process.stdout.readline().split()]
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, None])
def test_child_and_grandchild_end_with_their_owner(tmp_path: Path, ending: signal.Signals | None) -> None:
    with owner(tmp_path / "log") as (process, pids):
        assert len(pids) == 2
        assert all(map(is_alive, pids))
        if ending is None:
            process.communicate()
        else:
            process.send_signal(ending)
            process.wait()
        wait_until(lambda: not any(map(is_alive, pids)))


def test_a_killed_guard_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "log"
    launcher = Launcher()
    first = launcher.spawn(Command([SHELL, "-c", "sleep 600"]), tmp_path / "first")
    guards = [child for child in psutil.Process().children() if "infra.local.machine.guard" in child.cmdline()]
    guards[-1].kill()
    guards[-1].wait()
    second = launcher.spawn(Command([SHELL, "-c", "echo up; exec sleep 600"]), log)
    wait_until(lambda: log.exists() and log.read_text() == "up\n")
    launcher.close()
    wait_until(lambda: first.exit_code is not None and second.exit_code is not None)


def test_stop_ends_what_ignores_sigterm_and_its_children(launcher: Launcher, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = launcher.spawn(Command([SHELL, "-c", "trap '' TERM; sleep 600 & echo $!; wait; sleep 600"]), log)
    wait_until(lambda: log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    child.stop(patience=0.2)
    assert child.exit_code == -signal.SIGKILL
    assert not is_alive(grandchild)


def test_a_child_sees_its_own_environment_besides_the_inherited(launcher: Launcher, tmp_path: Path) -> None:
    log = tmp_path / "log"
    launcher.run(Command([SHELL, "-c", 'echo "$OWN $PATH"'], {"OWN": "mine"}), log)
    assert log.read_text() == f"mine {os.environ['PATH']}\n"


def test_a_program_that_fails_is_told_with_the_end_of_its_log(launcher: Launcher, tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match=r"sh ended with status 3; the end of .*\nalas"):
        launcher.run(Command([SHELL, "-c", "echo alas; exit 3"]), tmp_path / "log")


def test_a_program_that_takes_too_long_is_ended(launcher: Launcher, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(ComponentError, match=r"sh did not end within 1 s"):
        launcher.run(Command([SHELL, "-c", "echo $$; exec sleep 600"]), log, limit=1)
    assert not is_alive(int(log.read_text()))
