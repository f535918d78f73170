"""Whatever happens, it ends with exactly one live batch of the deployed code, and never were there two."""

import threading
from http import HTTPStatus

import pytest
from functions_framework import create_app
from google.api_core.exceptions import FailedPrecondition
from google.cloud.dataproc_v1 import Batch, CreateBatchRequest
from grpc import StatusCode

from fraud_service.clock import now
from fraud_service.supervision.batches import Batches, connect
from fraud_service.supervision.supervisor import Supervisor, SupervisorSettings
from tests.integration.local.waiting import wait_until
from tests.integration.stream_supervisor.conftest import SOURCE, Fault, System


def batches() -> Batches:
    """Return the batches that the deployment supervises."""
    return Supervisor(SupervisorSettings(), now).batches


def number(batch_id: str) -> int:
    return int(batch_id.split("-")[2])


def test_the_first_call_starts_a_batch_and_the_next_leaves_it_alone(system: System) -> None:
    supervisor = system.deploy()
    first = supervisor.post("/")
    [submitted] = first.get_json()["actions"]
    assert (first.status_code, submitted["event"], submitted["restart"]) == (HTTPStatus.OK, "batch_submitted", False)
    wait_until(lambda: system.starts() == [submitted["batch_id"]])
    again = supervisor.post("/").get_json()
    assert again == {"actions": [{"event": "waiting", "reason": "healthy"}], "live": [submitted["batch_id"]]}


def test_a_killed_batch_is_followed_by_the_next(system: System) -> None:
    supervisor = system.deploy()
    system.keep_calling(supervisor, lambda: len(system.starts()) == 1)
    system.dataproc.kill()
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.states() == ["FAILED", "RUNNING"]
    assert [number(batch_id) for batch_id in system.starts()] == [1, 2]
    assert system.dataproc.overlaps() == []


def test_new_code_is_handed_over_to_after_a_clean_end(system: System) -> None:
    system.keep_calling(system.deploy(), lambda: len(system.starts()) == 1)
    supervisor = system.deploy(ttl="7200s")
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.states() == ["SUCCEEDED", "RUNNING"]
    assert system.dataproc.overlaps() == []


def test_a_batch_that_does_not_listen_is_cancelled_after_a_while(system: System) -> None:
    system.keep_calling(system.deploy("deaf"), lambda: len(system.starts()) == 1)
    supervisor = system.deploy(STOP_PATIENCE_MINUTES="0.01")
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.states() == ["CANCELLED", "RUNNING"]
    assert system.dataproc.overlaps() == []


def test_a_batch_that_lives_and_gets_nowhere_is_followed_by_the_next(system: System) -> None:
    supervisor = system.deploy(STALL_PATIENCE_MINUTES="0.02")
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.states()[0] == "SUCCEEDED"
    assert system.dataproc.overlaps() == []


def test_a_batch_near_its_ttl_is_ended_before_it_is_killed(system: System) -> None:
    supervisor = system.deploy(ttl="6s", HAND_OVER_MINUTES="0.07")
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.states()[0] == "SUCCEEDED"
    assert system.dataproc.overlaps() == []


def test_a_batch_killed_at_its_ttl_is_followed_by_the_next(system: System) -> None:
    supervisor = system.deploy("deaf", ttl="3s", HAND_OVER_MINUTES="0.001")
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.states()[0] == "CANCELLED"


def test_a_crash_loop_is_held_and_new_code_is_tried_at_once(system: System) -> None:
    supervisor = system.deploy("fails", FAILURES_BEFORE_HOLD="3")
    answers: list[dict[str, object]] = []

    def held() -> bool:
        answers.extend(supervisor.post("/").get_json()["actions"])
        return answers[-1]["event"] == "supervision_held"

    wait_until(held, limit=90)
    assert answers[-1]["failures"] == 3
    assert system.dataproc.states() == ["FAILED"] * 3
    system.keep_calling(system.deploy(), lambda: len(system.starts()) == 1)


def test_what_fails_is_tried_again_when_the_hold_is_over(system: System) -> None:
    supervisor = system.deploy("fails", FAILURES_BEFORE_HOLD="2", FAILURE_WINDOW_MINUTES="0.1")
    wait_until(lambda: supervisor.post("/").get_json()["actions"][-1]["event"] == "supervision_held", limit=90)
    (system.folder / "mended").touch()
    system.keep_calling(supervisor, lambda: len(system.starts()) == 1)
    assert system.dataproc.states()[:2] == ["FAILED", "FAILED"]
    assert system.dataproc.overlaps() == []


def test_supervisors_that_are_called_at_once_do_no_harm(system: System) -> None:
    supervisors = [system.deploy() for _ in range(4)]
    replies: list[int] = []
    calls = [threading.Thread(target=lambda one=one: replies.append(one.post("/").status_code)) for one in supervisors]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    wait_until(lambda: len(system.starts()) == 1)
    assert HTTPStatus.OK in replies
    assert set(replies) <= {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.SERVICE_UNAVAILABLE}
    assert len(system.dataproc.batches.all()) == 1


def test_the_same_number_twice_is_one_batch(system: System) -> None:
    """What saves the checkpoint if a lease ends under its holder: the id is the same, and so is the request."""
    system.deploy()
    first = batches().submit(1)
    assert batches().submit(1) == first
    assert len(system.dataproc.batches.all()) == 1


def test_of_two_live_batches_the_younger_is_ended(system: System) -> None:
    supervisor = system.deploy("holds")
    system.keep_calling(supervisor, lambda: len(system.starts()) == 1)
    batches().submit(7)
    wait_until(lambda: system.dataproc.states() == ["RUNNING", "RUNNING"])
    [action] = supervisor.post("/").get_json()["actions"]
    assert (action["event"], number(action["batch_id"])) == ("batch_cancelled", 7)
    wait_until(lambda: [number(one) for one in system.dataproc.live()] == [1])
    assert len(system.starts()) == 1  # the younger never got to read the checkpoint


def test_without_dataproc_the_call_fails_and_the_next_one_mends(system: System) -> None:
    supervisor = system.deploy()
    system.dataproc.stop()
    refused = supervisor.post("/")
    assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert refused.content_type == "application/problem+json"
    system.dataproc.start()
    system.keep_calling(supervisor, lambda: len(system.starts()) == 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("list", StatusCode.UNAVAILABLE),
        Fault("list", StatusCode.PERMISSION_DENIED),
        Fault("create", StatusCode.RESOURCE_EXHAUSTED),
        Fault("create", StatusCode.UNAVAILABLE),
        Fault("create", StatusCode.DEADLINE_EXCEEDED, is_done=True),
        Fault("create", StatusCode.INTERNAL, is_done=True),
    ],
    ids=str,
)
def test_an_error_at_the_start_is_mended_by_the_next_call(system: System, fault: Fault) -> None:
    supervisor = system.deploy()
    system.dataproc.faults.append(fault)
    assert supervisor.post("/").status_code == HTTPStatus.SERVICE_UNAVAILABLE
    system.keep_calling(supervisor, lambda: len(system.starts()) == 1)
    assert len(system.dataproc.batches.all()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("get", StatusCode.UNAVAILABLE),
        Fault("cancel", StatusCode.UNAVAILABLE),
        Fault("cancel", StatusCode.INTERNAL, is_done=True),
        Fault("list", StatusCode.INTERNAL),
    ],
    ids=str,
)
def test_an_error_at_a_hand_over_leaves_one_batch(system: System, fault: Fault) -> None:
    system.keep_calling(system.deploy("deaf"), lambda: len(system.starts()) == 1)
    supervisor = system.deploy(STOP_PATIENCE_MINUTES="0.001")
    system.dataproc.faults.append(fault)
    system.keep_calling(supervisor, lambda: len(system.starts()) == 2)
    assert system.dataproc.faults == []
    assert system.dataproc.states() == ["CANCELLED", "RUNNING"]
    assert system.dataproc.overlaps() == []


@pytest.mark.parametrize(
    ("batch", "sentence"), [("{", "STREAM_BATCH: "), ("{}", "ttl of at most 14 days"), (None, "STREAM_BATCH: Field")]
)
def test_a_bad_batch_stops_the_function_at_its_start(system: System, batch: str | None, sentence: str) -> None:
    system.deploy()
    if batch is None:
        system.patch.delenv("STREAM_BATCH")
    else:
        system.patch.setenv("STREAM_BATCH", batch)
    with pytest.raises(SystemExit) as caught:
        create_app("stream_supervisor", str(SOURCE))
    assert sentence in str(caught.value)


def test_a_live_batch_cannot_be_deleted_and_an_ended_one_can(system: System) -> None:
    supervisor = system.deploy()
    system.keep_calling(supervisor, lambda: len(system.starts()) == 1)
    client = connect("europe-west1", f"127.0.0.1:{system.dataproc.port}")
    [batch] = system.dataproc.batches.all()
    with pytest.raises(FailedPrecondition):
        client.delete_batch(name=batch.name)
    client.cancel_operation(request={"name": batch.operation})
    wait_until(lambda: system.dataproc.live() == [])
    client.delete_batch(name=batch.name)
    assert system.dataproc.batches.all() == []


def test_a_ttl_beyond_fourteen_days_is_refused_by_dataproc(system: System) -> None:
    client = connect("europe-west1", f"127.0.0.1:{system.dataproc.port}")
    batch = Batch.from_json('{"environment_config": {"execution_config": {"ttl": "1209601s"}}}')
    request = CreateBatchRequest(parent="projects/p/locations/europe-west1", batch=batch, batch_id="detect-fraud-1-aa")
    with pytest.raises(Exception, match="ttl must be from"):
        client.create_batch(request=request)
