import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.check import STACKS, too_small, wrong

REPOSITORY = Path(__file__).parents[3]


def document(stack: str) -> Any:  # noqa: ANN401  YAML
    return yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_stacks_as_they_stand_are_good(stack: str) -> None:
    assert wrong(document(stack), stack) == ""


def test_everything_wrong_is_named_on_a_line_of_its_own() -> None:
    changed = document("dev")
    settings = changed["config"]["payment-fraud:stack"]
    settings["stream"]["ttl_hours"] = 15 * 24
    settings["redis"]["tier"] = "HUGE"
    assert [line.split(":")[0] for line in wrong(changed, "dev").splitlines()] == ["redis.tier", "stream.ttl_hours"]


def test_a_project_in_one_place_only_is_named() -> None:
    changed = document("dev")
    changed["config"]["gcp:project"] = "another-project"
    assert wrong(changed, "dev") == "project: is not that of gcp:project"


def test_another_stacks_settings_are_named() -> None:
    assert wrong(document("prod"), "dev") == "environment: is not that of the stack's name"


def test_the_command_says_so_and_succeeds() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "infra.check", "dev"]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603  no shell
    assert said.stdout == "Pulumi.dev.yaml: the settings are good\n"


def test_a_quota_that_is_too_small_is_named(tmp_path: Path) -> None:
    told = tmp_path / "region.json"
    told.write_text('{"quotas": [{"metric": "CPUS", "limit": 8, "usage": 0}]}')
    assert too_small(document("dev"), told).splitlines() == [
        "CPUS: a batch takes 12, the region has 8 left",
        "DISKS_TOTAL_GB: a batch takes 750, the region has 0 left",
    ]
    assert "No such file" in too_small(document("dev"), tmp_path / "none.json")
