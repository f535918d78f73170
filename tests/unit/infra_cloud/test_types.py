"""Every property of every resource is one its API takes; mocks alone would take anything."""

import json

import pytest
from google.cloud.dataproc_v1 import Batch
from google.protobuf.json_format import ParseDict

from infra.policy.inventory import Resource, Value, of_kind
from tests.unit.infra_cloud import discovery, sdk_types
from tests.unit.infra_cloud.deployment import inventory

PROVIDERS_OWN = frozenset(
    {
        "accesses",
        "allows",
        "clusterings",
        "collection",
        "database",
        "datasetId",
        "deleteContentsOnDestroy",
        "deletionPolicy",
        "deletionProtection",
        "location",
        "serviceAccountName",
        "project",
        "region",
        "router",
        "secretId",
        "tableId",
    }
)
"""What the provider adds to Google's API, or names otherwise."""

stacks = pytest.mark.parametrize("stack", ["dev", "staging", "prod"])


def of(kind: str, name: str) -> dict[str, Value]:
    """Return a copy of a resource's properties in production."""
    [resource] = [resource for resource in of_kind(inventory("prod"), kind) if resource.name == name]
    properties: dict[str, Value] = json.loads(json.dumps(dict(resource.properties)))
    return properties


@stacks
def test_every_property_is_in_the_sdk_with_its_type(stack: str) -> None:
    assert [found for resource in inventory(stack) for found in sdk_types.mismatches(resource)] == []


@stacks
def test_every_property_is_allowed_by_googles_description(stack: str) -> None:
    described = of_kind(inventory(stack), *discovery.SCHEMAS)
    assert {resource.kind for resource in described} == set(discovery.SCHEMAS)
    assert [found for resource in described for found in discovery.mismatches(resource)] == []
    assert {name for resource in described for name in discovery.unknown(resource)} <= PROVIDERS_OWN


@stacks
def test_the_batch_is_one_that_dataproc_takes(stack: str) -> None:
    [supervisor] = [
        function for function in of_kind(inventory(stack), "cloudfunctionsv2.Function") if "supervis" in function.name
    ]
    batch = json.loads(str(supervisor.get("serviceConfig.environmentVariables.STREAM_BATCH")))
    ParseDict(batch, Batch.pb(Batch()))
    camel = {"pysparkBatch": batch["pyspark_batch"], "runtimeConfig": batch["runtime_config"]}
    assert list(discovery.check_object(camel, "dataproc.v1", "Batch", "batch")) == []


def test_a_misspelt_nested_property_and_a_wrong_type_are_named() -> None:
    function = of("cloudfunctionsv2.Function", "gdpr_erasure")
    service = function["serviceConfig"]
    assert isinstance(service, dict)
    service["minInstanceCount"] = "two"
    service["directVpcNetworkInterfaces"] = [{"subnet": "x"}]
    found = sdk_types.mismatches(Resource("gcp:cloudfunctionsv2/function:Function", "gdpr_erasure", function))
    assert ["minInstanceCount" in found[0] or "directVpc" in found[0], len(found)] == [True, 2]
