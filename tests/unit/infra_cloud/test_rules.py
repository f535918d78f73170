"""The rules hold for both stacks; what breaks them is in test_wrong_inputs.py."""

import pytest

from infra.policy.inventory import Resource
from infra.policy.rules import ALWAYS, IN_PRODUCTION, violations
from tests.unit.infra_cloud.deployment import inventory


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_rule_holds(stack: str) -> None:
    rules = (*ALWAYS, *IN_PRODUCTION) if stack == "prod" else ALWAYS
    assert violations(inventory(stack), rules) == []


def test_a_batch_of_pulumis_own_is_named() -> None:
    batch = Resource("gcp:dataproc/batch:Batch", "stream", {"labels": {"system": "x", "environment": "x"}})
    [found] = violations([*inventory("prod"), batch], ALWAYS)
    assert "stream: a batch belongs to the supervisor" in found
