"""`python -m infra.local` as the Makefile calls it, on components that start fast."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.stack.claim import holder
from infra.local.stack.endpoints import read_environment
from infra.local.stack.lifecycle import running
from tests.integration.local.waiting import is_alive, wait_until

ONLY = ("--only", "redis", "--only", "pubsub")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path)
    yield workspace
    if workspace.home.exists():
        call(workspace, "down")


def call(workspace: Workspace, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.local", *arguments, "--root", str(workspace.home.parent)]
    return subprocess.run(  # noqa: S603 - the program under test
        command,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def pids(workspace: Workspace) -> list[int]:
    return [pid for pid, _ in running(workspace).values()]


def test_up_and_down_twice_each_with_state_kept(workspace: Workspace) -> None:
    for expected in (None, b"1"):
        first = call(workspace, "up", *ONLY)
        assert first.returncode == 0, first.stdout + first.stderr
        assert "redis is ready after" in first.stdout
        with redis.Redis.from_url(read_environment(workspace)["REDIS_URL"]) as client:
            assert client.get("kept") == expected
            client.set("kept", 1)
        started = pids(workspace)
        again = call(workspace, "up", *ONLY)
        assert again.returncode == 0
        assert again.stdout.startswith("The stack is already up.\n")
        assert pids(workspace) == started
        assert call(workspace, "status").returncode == 0
        assert call(workspace, "down").stdout == "The stack is down.\n"
        assert not any(map(is_alive, started))
        assert call(workspace, "down").stdout == "The stack was not up.\n"
        assert call(workspace, "status").returncode == 1


def test_kill_9_of_the_stack_leaves_no_process_and_the_next_up_works(workspace: Workspace) -> None:
    assert call(workspace, "up", *ONLY).returncode == 0
    supervisor = holder(workspace)
    assert supervisor is not None
    family = [child.pid for child in supervisor.children(recursive=True)]
    assert len(family) == 3, "redis, pubsub and the guard"
    supervisor.kill()
    wait_until(lambda: not any(map(is_alive, family)))
    assert workspace.pids_file.exists(), "stale"
    assert call(workspace, "status").returncode == 1
    assert call(workspace, "up", *ONLY).returncode == 0
    assert all(map(is_alive, pids(workspace)))


def test_down_ends_a_stack_that_does_not_answer_signals(workspace: Workspace) -> None:
    assert call(workspace, "up", "--only", "redis").returncode == 0
    supervisor = holder(workspace)
    assert supervisor is not None
    family = [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]
    supervisor.suspend()
    assert call(workspace, "down").returncode == 0
    wait_until(lambda: not any(map(is_alive, family)))


def test_clean_removes_everything(workspace: Workspace) -> None:
    assert call(workspace, "up", "--only", "redis").returncode == 0
    started = pids(workspace)
    assert call(workspace, "clean").returncode == 0
    assert not workspace.home.exists()
    assert not any(map(is_alive, started))


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("JAVA_HOME", "/nowhere", "Java 17 or newer is missing: install it"),
        ("CLOUDSDK_ROOT_DIR", "/nowhere", "Google's pubsub-emulator is missing: install it with `gcloud components"),
        ("LOCAL_STACK_PAYMENTS_PER_SECOND", "0", "LOCAL_STACK_PAYMENTS_PER_SECOND: Input should be greater than 0"),
    ],
)
def test_what_is_missing_is_told_in_one_sentence(
    workspace: Workspace, variable: str, value: str, sentence: str
) -> None:
    failed = call(workspace, "up", *ONLY, **{variable: value})
    assert failed.returncode == 1
    assert failed.stderr == ""
    assert failed.stdout.startswith(sentence)
    assert failed.stdout.count("\n") == 1


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """Undo for a child what a shell does to programs that it starts in the background: they ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
def test_an_interrupted_up_leaves_nothing_running(workspace: Workspace) -> None:
    command = [sys.executable, "-m", "infra.local", "up", "--root", str(workspace.home.parent), *ONLY]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - the program under test
        wait_until(workspace.pids_file.exists)
        started = pids(workspace)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) != 0
    assert holder(workspace) is None
    assert not any(map(is_alive, started))
    commands = (" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    assert not [command for command in commands if str(workspace.home) in command]
