"""Which process runs the stack of a workspace: the one that holds the lock on `.local/lock`, its id written inside.

The kernel lets go of the lock when the holder dies, whatever kills it, so a file left behind is never mistaken for a
running stack.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from infra.local.errors import StackError
from infra.local.machine.workspace import Workspace


class AlreadyRunningError(StackError):
    """Another process runs the stack of this workspace."""


@contextmanager
def claimed(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace; raises AlreadyRunningError if another process does."""
    with workspace.lock_file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError("The stack is already up; `make down` stops it.") from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        workspace.forget_addresses()  # of a stack that was killed
        yield


def holder(workspace: Workspace) -> psutil.Process | None:
    """Return the process that holds the workspace, or None."""
    with workspace.lock_file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            return _own_process(handle.read())
    return None


def _own_process(pid: str) -> psutil.Process | None:
    """Return the process if it is one of this package: a claim just made may not have its id written yet."""
    try:
        process = psutil.Process(int(pid))
        return process if "infra.local" in " ".join(process.cmdline()) else None
    except (ValueError, psutil.NoSuchProcess):
        return None
