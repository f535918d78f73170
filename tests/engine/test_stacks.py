"""Every stack on Pulumi's real engine: made, made again, changed, broken off, repaired and ended."""

import json
import time
from pathlib import Path

import pytest

from infra.policy.inventory import of_kind
from infra.rehearsal.program import KEYS
from tests.engine.build import is_possible
from tests.engine.stack import Stack

pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(5_400),
    pytest.mark.skipif(not is_possible(), reason="Go 1.26 or newer is needed to build Pulumi's engine: install it."),
]


@pytest.fixture(scope="module", params=["dev", "staging", "prod"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Make a stack from nothing."""
    made = Stack.begin(request.param, tmp_path_factory.mktemp(request.param))
    made.pulumi("preview", "--stack", made.name)
    assert list(made.cloud.done()) == []
    begun = time.monotonic()
    deeds = made.do("up")
    assert {deed for deed, _ in deeds} == {"create"}
    print(f"\n{made.name}: {len(deeds)} resources made in {time.monotonic() - begun:.0f} s")  # noqa: T201  a figure
    return made


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    assert stack.do("up") == []


def test_no_secret_stands_in_the_state(stack: Stack) -> None:
    text = json.dumps(stack.state())
    for secret in (json.loads(KEYS.get_secret_value())["1"], "key-secret", "rediss://", '"auth"'):
        assert secret not in text


def test_a_changed_function_is_redeployed_alone(stack: Stack) -> None:
    main = stack.tree / "functions" / "rule_desk" / "main.py"
    main.write_text(f"{main.read_text()}\n# changed\n")
    assert stack.do("up") == [
        ("create", "rule_desk-source"),
        ("update", "rule_desk"),
        ("delete", "rule_desk-source"),
    ]


def test_a_changed_job_is_a_new_batch_and_nothing_else(stack: Stack) -> None:
    module = stack.tree / "dataproc_jobs" / "fraud_stream" / "batch.py"
    module.write_text(f"{module.read_text()}\n# changed\n")
    deeds = stack.do("up")
    uploads = [(deed, name) for deed, name in deeds if name.startswith("dataproc-")]
    assert [deed for deed, _ in uploads] == ["create"]
    assert [one for one in deeds if one not in uploads] == [("update", "stream_supervisor")]


def test_what_was_deleted_by_hand_comes_back(stack: Stack) -> None:
    [job] = [one for one in of_kind(stack.cloud.held(), "cloudscheduler.Job") if one.name == "stream-supervisor"]
    stack.cloud.lose(job.type, f"{job.name}-id")
    stack.do("refresh")
    assert stack.do("up") == [("create", "stream-supervisor")]


def test_the_rules_stop_a_deployment_as_a_policy_pack(stack: Stack) -> None:
    module = stack.tree / "infra" / "components" / "redis.py"
    right = module.read_text()
    module.write_text(right.replace("auth_enabled=True", "auth_enabled=False"))
    said = stack.pulumi("preview", "--stack", stack.name, "--policy-pack", "infra/policy", succeeds=False)
    module.write_text(right)
    assert "redis: authEnabled is off" in said
    assert said.count("[mandatory]") == 1


def test_destroy_takes_everything_from_dev_and_nothing_from_prod(stack: Stack) -> None:
    held = {(one.type, one.name) for one in stack.cloud.held()}
    if stack.name == "prod":
        deeds = len(list(stack.cloud.done()))
        stack.pulumi("destroy", "--yes", "--stack", stack.name, succeeds=False)  # its preview is what refuses
        assert len(list(stack.cloud.done())) == deeds
        assert {(one.type, one.name) for one in stack.cloud.held()} == held
    else:
        stack.do("destroy")
        kept = {one.kind for one in stack.cloud.held()}
        assert kept <= {"storage.BucketObject", "secretmanager.SecretVersion", "servicenetworking.Connection"}


def test_an_up_that_is_refused_in_the_middle_goes_on_from_there(tmp_path: Path) -> None:
    stack = Stack.begin("dev", tmp_path)
    first = stack.do("up", succeeds=False, STAND_IN_REFUSES="redis")
    second = stack.do("up")
    assert first
    assert ("create", "redis") in second
    assert {deed for deed, _ in second} == {"create"}
    assert len(first) + len(second) == len(stack.cloud.held())
    assert stack.do("up") == []
