import json

import pytest

from infra.quota import lacking, needed
from tests.unit.infra_cloud.deployment import stack_settings


def region(cpus: float, disks: float) -> str:
    quotas = [("CPUS", cpus), ("DISKS_TOTAL_GB", disks), ("SNAPSHOTS", 1)]
    return json.dumps({"quotas": [{"metric": name, "limit": limit + 10, "usage": 10} for name, limit in quotas]})


@pytest.mark.parametrize(
    ("stack", "wanted"),
    [("dev", {"CPUS": 12, "DISKS_TOTAL_GB": 750}), ("prod", {"CPUS": 100, "DISKS_TOTAL_GB": 3250})],
)
def test_a_batch_takes_its_driver_and_its_executors(stack: str, wanted: dict[str, int]) -> None:
    assert needed(stack_settings(stack).stream) == wanted


@pytest.mark.parametrize(
    ("cpus", "disks", "named"),
    [(12, 750, []), (11, 750, ["CPUS"]), (12, 749, ["DISKS_TOTAL_GB"]), (0, 0, ["CPUS", "DISKS_TOTAL_GB"])],
)
def test_what_is_used_already_does_not_count(cpus: float, disks: float, named: list[str]) -> None:
    lines = lacking(region(cpus, disks), {"CPUS": 12, "DISKS_TOTAL_GB": 750})
    assert [line.split(":")[0] for line in lines] == named


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"quotas": [{"metric": "CPUS"}]}', '{"quotas": 1}'])
def test_another_file_is_told_from_a_regions(text: str) -> None:
    with pytest.raises(ValueError, match="regions describe"):
        lacking(text, {})
