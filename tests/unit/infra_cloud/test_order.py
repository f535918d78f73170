"""What is made before what: a first `pulumi up` asks nothing of an API that is off, and uses no right too early."""

import pytest

from infra.components.project import APIS
from infra.policy.inventory import Resource, of_kind
from tests.unit.infra_cloud.deployment import graph, inventory

SUPERVISED = Resource("gcp:cloudscheduler/job:Job", "stream-supervisor", {})


def before(resource: Resource, stack: str = "prod") -> set[tuple[str, str]]:
    return graph(stack).before((resource.type, resource.name))


def names(kind: str, beginning: str = "") -> set[tuple[str, str]]:
    resources = of_kind(inventory("prod"), kind)
    return {(one.type, one.name) for one in resources if one.name.startswith(beginning)}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_nothing_of_googles_is_made_before_every_api_is_on(stack: str) -> None:
    apis = {("gcp:projects/service:Service", f"project-{api}") for api in APIS}
    early = {
        resource.name
        for resource in inventory(stack)
        if resource.type.startswith("gcp:")
        and not resource.kind.startswith("projects.Service")
        and not apis <= before(resource, stack)
    }
    assert early == set()


def test_apis_are_turned_on_through_one_that_is() -> None:
    first = {("gcp:projects/service:Service", f"project-{api}") for api in ("serviceusage", "cloudresourcemanager")}
    for service in of_kind(inventory("prod"), "projects.Service"):
        assert (service.type, service.name) in first or first <= before(service)


def test_googles_agent_exists_before_it_is_granted_anything() -> None:
    for grant in of_kind(inventory("prod"), "pubsub.TopicIAMMember", "pubsub.SubscriptionIAMMember"):
        if str(grant.get("member")).endswith("gcp-sa-pubsub.iam.gserviceaccount.com"):
            assert names("projects.ServiceIdentity", "project-pubsub") < before(grant)


def test_a_function_is_made_after_its_rights_and_its_builders() -> None:
    for function in of_kind(inventory("prod"), "cloudfunctionsv2.Function"):
        earlier = before(function)
        assert names("projects.IAMMember", "builder-") <= earlier
        assert names("projects.IAMMember", f"{function.name}-") <= earlier
        assert names("pubsub.TopicIAMMember", f"{function.name}-") <= earlier
        grants = of_kind(inventory("prod"), "secretmanager.SecretIamMember")
        mine = {(one.type, one.name) for one in grants if one.name.endswith(f"-{function.name}")}
        assert mine <= earlier


def test_the_first_batch_finds_all_it_needs() -> None:
    earlier = before(SUPERVISED)
    for kind, beginning in [
        ("storage.BucketObject", "dataproc-"),
        ("storage.BucketIAMMember", "stream"),
        ("projects.IAMMember", "stream"),
        ("serviceaccount.IAMMember", "stream-supervisor-runs-stream"),
        ("secretmanager.SecretIamMember", ""),
        ("secretmanager.SecretVersion", ""),
        ("bigquery.Table", ""),
        ("bigquery.DatasetIamMember", "stream-"),
        ("pubsub.Topic", ""),
        ("pubsub.TopicIAMMember", "stream-"),
        ("index.KafkaTopic", ""),
        ("index.KafkaAcl", ""),
        ("redis.Instance", ""),
        ("cloudfunctionsv2.Function", "stream_supervisor"),
        ("cloudrunv2.ServiceIamMember", "stream_supervisor-scheduler"),
    ]:
        assert names(kind, beginning), kind
        assert names(kind, beginning) <= earlier, kind


def test_the_look_for_unmasked_rows_comes_after_its_tables_and_rights() -> None:
    [check] = [one for one in of_kind(inventory("prod"), "bigquery.DataTransferConfig") if "unmasked" in one.name]
    for kind, beginning in [
        ("bigquery.Table", ""),
        ("bigquery.DatasetIamMember", "masking-check"),
        ("projects.IAMMember", "masking-check"),
    ]:
        assert names(kind, beginning) <= before(check)


def test_profiles_are_built_daily_by_whom_may_read_all_and_change_the_profiles_alone() -> None:
    [build] = [one for one in of_kind(inventory("prod"), "bigquery.DataTransferConfig") if "profiles" in one.name]
    assert build.get("schedule") == "every day 00:30"
    assert "@as_of" not in str(build.get("params.query"))
    for kind, beginning in [("bigquery.Table", ""), ("bigquery.IamMember", "account-profiles-account_profiles")]:
        assert names(kind, beginning), kind
        assert names(kind, beginning) <= before(build)
    [reading] = [one for one in of_kind(inventory("prod"), "bigquery.DatasetIamMember") if "account-prof" in one.name]
    assert reading.get("role") == "roles/bigquery.dataViewer"
