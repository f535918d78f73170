"""A process that outlives a stack's owner just long enough to end what the owner left behind.

Every child of the stack leads a session. The guard reads the sessions' ids from a pipe whose only writer is the
owner; when the pipe closes, by whatever death, it kills all members of those sessions: grandchildren too, which the
kernel's parent-death signal does not reach (Spark's Python workers), and everything on systems without that signal.
"""

import os
import subprocess
import sys
from contextlib import suppress

import psutil

from infra.local.workspace import REPOSITORY


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
    """The owner's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.guard"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch(self, session: int) -> None:
        """End this session, too, when the owner dies."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{session}\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """End whatever is left of the sessions, and the guard."""
        self._process.communicate()


def _main() -> None:
    sessions = [int(line) for line in sys.stdin]
    for session in sessions:
        end_session(session)


if __name__ == "__main__":
    _main()
