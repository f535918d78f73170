import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.stack.claim import AlreadyRunningError, claimed, holder

HOLD = """
import sys
from pathlib import Path
from infra.local.stack.claim import claimed
from infra.local.machine.workspace import Workspace
with claimed(Workspace(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@contextmanager
def another_holder(root: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(root)]
    with subprocess.Popen(  # noqa: S603 - this test's own program
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_nobody_holds_a_new_workspace(workspace: Workspace) -> None:
    assert holder(workspace) is None


def test_the_holder_is_found_and_keeps_others_out(workspace: Workspace, tmp_path: Path) -> None:
    with another_holder(tmp_path) as process:
        found = holder(workspace)
        assert found is not None
        assert found.pid == process.pid
        with pytest.raises(AlreadyRunningError, match="already up"), claimed(workspace):
            pass


def test_a_killed_holder_holds_nothing(workspace: Workspace, tmp_path: Path) -> None:
    with another_holder(tmp_path) as process:
        process.kill()
        process.wait()
        assert workspace.lock_file.read_text() == str(process.pid)
        assert holder(workspace) is None


def test_a_claim_forgets_the_addresses_of_a_killed_stack(workspace: Workspace) -> None:
    for file in (workspace.pids_file, workspace.environment_file):
        file.write_text("stale")
    with claimed(workspace):
        assert not workspace.pids_file.exists()
        assert not workspace.environment_file.exists()


def test_a_lock_held_by_a_foreign_program_is_not_ours_to_stop(workspace: Workspace) -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger, claimed(workspace):
        workspace.lock_file.write_text(str(stranger.pid))
        assert holder(workspace) is None
        stranger.kill()
