"""A process that outlives a stack's owner just long enough to end what the owner left behind.

Every child of the stack leads a session. The guard reads the sessions' ids from a pipe whose only writer is the
owner; when the pipe closes, by whatever death, it kills all members of those sessions: grandchildren too, which the
kernel's parent-death signal does not reach (Spark's Python workers), and everything on systems without that signal.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress

import psutil

from infra.local.machine.workspace import REPOSITORY


def end_session(session: int) -> None:
    """Kill every process of a session and wait, at most 5 s, until they are gone."""
    members = [process for process in psutil.process_iter() if _is_member(process, session)]
    for process in members:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(members, timeout=5)


def _is_member(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
        return False


class Guard:
    """The owner's end of the pipe; a guard that was killed is replaced when it is next told something."""

    def __init__(self) -> None:
        self._sessions: set[int] = set()
        self._process = _start()

    def watch(self, session: int) -> None:
        """End this session, too, when the owner dies."""
        self._sessions.add(session)
        self._tell(session)

    def forget(self, session: int) -> None:
        """Leave this session alone: it has ended, and a stranger may get its id."""
        self._sessions.discard(session)
        self._tell(-session)

    def close(self) -> None:
        """End whatever is left of the sessions, and the guard."""
        self._process.communicate()

    def _tell(self, change: int) -> None:
        try:
            _write(self._process, change)
        except BrokenPipeError:
            self._process.communicate()
            self._process = _start()
            _write(self._process, *self._sessions)


def sessions_left(changes: Iterable[str]) -> set[int]:
    """Return the sessions to end after these lines: an id begins the watch over a session, its negative ends it."""
    sessions: set[int] = set()
    for change in map(int, changes):
        if change > 0:
            sessions.add(change)
        else:
            sessions.discard(-change)
    return sessions


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.machine.guard"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        bufsize=0,
    )


def _write(process: subprocess.Popen[bytes], *changes: int) -> None:
    if process.stdin is not None:
        process.stdin.write("".join(f"{change}\n" for change in changes).encode())


def _main() -> None:
    for session in sessions_left(sys.stdin):
        end_session(session)


if __name__ == "__main__":
    _main()
