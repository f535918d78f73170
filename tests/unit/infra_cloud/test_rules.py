"""The rules hold for both stacks; what breaks them is in test_wrong_inputs.py."""

import pytest

from infra.policy.inventory import Resource
from infra.policy.production import kafka_is_closed
from infra.policy.rules import of_stack, violations
from infra.policy.secrecy import dataset_names_its_readers
from tests.unit.infra_cloud.deployment import inventory


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_rule_holds(stack: str) -> None:
    assert violations(inventory(stack), of_stack(stack)) == []


def test_a_batch_of_pulumis_own_is_named() -> None:
    batch = Resource("gcp:dataproc/batch:Batch", "stream", {"labels": {"system": "x", "environment": "x"}})
    [found] = violations([*inventory("prod"), batch], of_stack("prod"))
    assert "stream: a batch belongs to the supervisor" in found


def test_a_public_cluster_with_a_filter_is_closed() -> None:
    """The filter is staging's, which production may choose as well."""
    assert violations(inventory("staging"), [kafka_is_closed]) == []
    without = [one for one in inventory("staging") if one.kind != "index.IpFilter"]
    assert violations(without, [kafka_is_closed]) == ["kafka_is_closed: kafka: can be reached from everywhere"]


def test_a_dataset_that_lets_readers_of_the_project_in_is_named() -> None:
    dataset = Resource("gcp:bigquery/dataset:Dataset", "x", {"accesses": [{"specialGroup": "projectReaders"}]})
    assert violations([dataset], [dataset_names_its_readers]) == [
        "dataset_names_its_readers: x: accesses lets projectReaders in"
    ]
