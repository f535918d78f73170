import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.check import refused, too_small, wrong
from infra.stack_file import read

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_stacks_as_they_stand_are_good(stack: str) -> None:
    assert wrong(read(stack), stack) == ""


def test_everything_wrong_is_named_on_a_line_of_its_own() -> None:
    changed = read("dev")
    settings = changed["config"]["payment-fraud:stack"]
    settings["stream"]["ttl_hours"] = 15 * 24
    settings["redis"]["tier"] = "HUGE"
    assert [line.split(":")[0] for line in wrong(changed, "dev").splitlines()] == ["redis.tier", "stream.ttl_hours"]


def latest(given: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Let a function resolve its secrets when an instance starts."""
    if (given.type_, given.name) != ("gcp:cloudfunctionsv2/function:Function", "gdpr_erasure"):
        return None
    service: Any = given.props["service_config"]
    for variable in service.secret_environment_variables:
        variable.version = "latest"
    return pulumi.ResourceTransformationResult(given.props, given.opts)


def open_to_readers(given: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Leave out who may read the dataset."""
    if given.type_ != "gcp:bigquery/dataset:Dataset":
        return None
    props = {name: value for name, value in given.props.items() if name != "accesses"}
    return pulumi.ResourceTransformationResult(props, given.opts)


def test_a_stack_whose_functions_resolve_latest_is_refused() -> None:
    said = refused(read("prod"), latest)
    assert said == (
        "secrets_are_pinned: gdpr_erasure: KAFKA_SASL_PASSWORD, PII_HMAC_KEYS, REDIS_URL: not pinned to a version"
    )


def test_a_stack_whose_dataset_names_no_readers_is_refused() -> None:
    said = refused(read("prod"), open_to_readers)
    assert "bigquery: accesses is not set, so that every reader of the project reads it" in said


def test_a_production_whose_kafka_is_public_without_a_filter_is_refused() -> None:
    changed = read("prod")
    changed["config"]["payment-fraud:stack"]["kafka"]["cluster"] = "standard"
    assert "kafka.allowed_addresses name who reaches it, in prod" in wrong(changed, "prod")


def test_a_project_in_one_place_only_is_named() -> None:
    changed = read("dev")
    changed["config"]["gcp:project"] = "another-project"
    assert wrong(changed, "dev") == "project: is not that of gcp:project"


def test_another_stacks_settings_are_named() -> None:
    assert wrong(read("prod"), "dev") == "environment: is not that of the stack's name"


def test_the_command_says_so_and_succeeds() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "infra.check", "dev"]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603  no shell
    assert said.stdout == "Pulumi.dev.yaml: the stack is good\n"


def test_a_quota_that_is_too_small_is_named(tmp_path: Path) -> None:
    told = tmp_path / "region.json"
    told.write_text('{"quotas": [{"metric": "CPUS", "limit": 8, "usage": 0}]}')
    assert too_small(read("dev"), told).splitlines() == [
        "CPUS: a batch takes 12, the region has 8 left",
        "DISKS_TOTAL_GB: a batch takes 750, the region has 0 left",
    ]
    assert "No such file" in too_small(read("dev"), tmp_path / "none.json")
