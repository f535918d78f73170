"""Starts, stops and describes the stack of a workspace from outside the process that runs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep

import psutil

from infra.local.errors import StackError
from infra.local.machine.process import BYTECODE
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.stack import draining
from infra.local.stack.claim import holder

_STOP_LIMIT_S = 14.0 + draining.LIMIT_S
_START_LIMIT_S = 900.0  # a first start downloads
_LOOK_EVERY_S = 0.1


def up(workspace: Workspace, components: Sequence[str], tell: Callable[[str], None]) -> bool:
    """Start components in the background unless the stack is up, and return when all are ready; False if that failed.

    Without names, start every service.
    """
    if holder(workspace):
        tell("The stack is already up.")
        return _wait_until_ready(workspace)
    with _server(workspace, components) as server:
        for line in server.stdout or ():
            tell(line.rstrip())
    return workspace.environment_file.exists()


def down(workspace: Workspace) -> bool:
    """Stop the stack and wait for its end; False if none was up."""
    process = holder(workspace)
    if process is None:
        workspace.forget_addresses()
        return False
    children = process.children(recursive=True)
    process.terminate()
    _, alive = psutil.wait_procs([process], timeout=_STOP_LIMIT_S)
    for survivor in alive:
        survivor.kill()  # its guard ends the rest
    _, alive = psutil.wait_procs(children, timeout=_STOP_LIMIT_S)
    if alive:
        raise StackError(f"Still running: {', '.join(str(child.pid) for child in alive)}.")
    workspace.forget_addresses()
    return True


def clean(workspace: Workspace) -> None:
    """Stop the stack and remove its data, logs and keys."""
    down(workspace)
    shutil.rmtree(workspace.home)


def running(workspace: Workspace) -> dict[str, tuple[int, bool]]:
    """Return each started component's process id, and whether it is alive."""
    if holder(workspace) is None or not workspace.pids_file.exists():
        return {}
    entries = (line.split() for line in workspace.pids_file.read_text().splitlines())
    return {name: (int(pid), psutil.pid_exists(int(pid))) for name, pid in entries}


def _wait_until_ready(workspace: Workspace) -> bool:
    """Wait for another's start to end."""
    deadline = monotonic() + _START_LIMIT_S
    while holder(workspace) and monotonic() < deadline:
        if workspace.environment_file.exists():
            return True
        sleep(_LOOK_EVERY_S)
    return False


@contextmanager
def _server(workspace: Workspace, components: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "infra.local.stack.serve", str(workspace.home.parent), *components]
    with workspace.log("stack").open("ab") as log:
        server = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            cwd=REPOSITORY,
            env={**os.environ, **BYTECODE},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        yield server
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        raise
