"""The policy pack over the protocol by which Pulumi's engine asks it."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from infra.policy.__main__ import UNKNOWN, Pack
from infra.policy.inventory import Resource, Value
from tests.unit.infra_cloud.deployment import inventory


def said(stack: str, resources: Iterable[Resource]) -> list[str]:
    """Return what the pack says about resources of a stack."""
    pack: Any = Pack()
    pack.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack=stack), None)
    request = analyzer_pb2.AnalyzeStackRequest()
    for one in resources:
        asked = request.resources.add(type=one.type, name=one.name)
        asked.options.protect = one.protect
        json_format.ParseDict(json.loads(json.dumps(dict(one.properties))), asked.properties)
    return [f"{one.policyName}: {one.message}" for one in pack.AnalyzeStack(request, None).diagnostics]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_nothing_is_said_of_what_is_right(stack: str) -> None:
    assert said(stack, inventory(stack)) == []


def test_production_has_rules_of_its_own() -> None:
    zone = Resource("gcp:redis/instance:Instance", "redis", {"authEnabled": False, "tier": "BASIC"})
    assert "redis_is_closed: redis: authEnabled is off" in said("dev", [zone])
    assert "nothing_has_a_single_zone: redis: tier is not STANDARD_HA" not in said("dev", [zone])
    assert "nothing_has_a_single_zone: redis: tier is not STANDARD_HA" in said("prod", [zone])


def test_what_is_not_known_yet_is_not_judged_yet() -> None:
    job = Resource("gcp:cloudscheduler/job:Job", "call", {"httpTarget": {"uri": UNKNOWN}})
    variables: dict[str, Value] = {"STREAM_BATCH": UNKNOWN, "REDIS_URL": "rediss://"}
    function = Resource(
        "gcp:cloudfunctionsv2/function:Function", "f", {"serviceConfig": {"environmentVariables": variables}}
    )
    assert said("dev", [job, function]) == []


def test_components_and_providers_are_no_resources_of_ours() -> None:
    assert said("dev", [Resource("fraud:cloud:Redis", "redis", {}), Resource("pulumi:providers:gcp", "x", {})]) == []
