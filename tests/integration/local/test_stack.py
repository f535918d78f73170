"""A stack starts what is asked for, keeps addresses and data, repairs itself and leaves nothing running."""

import os
import signal
from pathlib import Path
from threading import Event

import pytest
import redis
from google.cloud import firestore as fs

from infra.local.errors import MissingPrerequisiteError, StackError
from infra.local.machine.background import in_background
from infra.local.settings import Settings
from infra.local.stack.local_stack import LocalStack
from infra.local.stack.supervisor import Supervisor
from tests.integration.local.waiting import is_alive, wait_until


def test_files_tell_where_the_stack_runs_while_it_runs(tmp_path: Path) -> None:
    with LocalStack(tmp_path, ["redis"]) as stack:
        assert stack.workspace.pids_file.read_text() == f"redis {stack.pids['redis']}\n"
        assert stack.workspace.environment_file.read_text().splitlines() == [
            "GOOGLE_CLOUD_PROJECT=local-fraud",
            f"REDIS_URL={stack.environment['REDIS_URL']}",
        ]
    assert not stack.workspace.pids_file.exists()
    assert not stack.workspace.environment_file.exists()
    assert not is_alive(stack.pids["redis"])


def test_redis_keeps_data_and_address_from_one_start_to_the_next(tmp_path: Path) -> None:
    urls = []
    for expected in (None, b"1"):
        with LocalStack(tmp_path, ["redis"]) as stack, redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:
            urls.append(stack.environment["REDIS_URL"])
            assert client.get("kept") == expected
            client.set("kept", 1)
    assert urls[0] == urls[1]


def test_firestore_keeps_documents_over_a_wanted_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for exists in (False, True, True):
        with LocalStack(tmp_path, ["firestore"]) as stack:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stack.environment["FIRESTORE_EMULATOR_HOST"])
            document = fs.Client("local-fraud").document("cards/1")
            assert document.get().exists is exists
            document.set({"action": "BLOCK_CARD"})


def test_a_killed_component_comes_back_at_its_address_with_its_data(tmp_path: Path) -> None:
    told: list[str] = []
    stopped = Event()
    with LocalStack(tmp_path, ["redis"]) as stack, redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:
        watching = in_background(lambda: Supervisor(stack, told.append).watch(stopped))
        client.set("kept", 1)
        killed = stack.pids["redis"]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: "redis is back." in told)
        assert stack.pids["redis"] != killed
        assert stack.workspace.pids_file.read_text() == f"redis {stack.pids['redis']}\n"
        assert client.get("kept") == b"1"
        stopped.set()
        watching.result(timeout=5)
    assert told == ["redis has ended; it is started again in 0 s.", "redis is back."]


def test_nothing_starts_when_a_prerequisite_is_missing(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, ["redis", "pubsub"], Settings(cloud_sdk_root=tmp_path))
    try:
        with pytest.raises(MissingPrerequisiteError, match="pubsub-emulator is missing"):
            stack.start()
        assert stack.pids == {}
    finally:
        stack.stop()


def test_a_failed_start_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "redis-server").write_text("#!/bin/sh\necho broken; exit 1\n")
    (tmp_path / "redis-server").chmod(0o755)
    stack = LocalStack(tmp_path, ["redis"])
    with pytest.raises(StackError, match=r"redis does not work: it ended with status 1.*\nbroken"), stack:
        pass
    assert not is_alive(stack.pids["redis"])


def test_an_unknown_component_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with LocalStack(tmp_path, []) as stack, pytest.raises(StackError, match=r"no component 'mysql'.*kafka, redis"):
        stack.start("mysql")
