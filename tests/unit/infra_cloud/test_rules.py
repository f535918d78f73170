"""The rules hold for both stacks, and each deliberately wrong setting breaks one that names it."""

import json
from collections.abc import Callable

import pytest

from infra.policy.inventory import Resource, Value, of_kind
from infra.policy.rules import ALWAYS, IN_PRODUCTION, violations
from tests.unit.infra_cloud.deployment import inventory

Change = Callable[[dict[str, Value]], None]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_rule_holds(stack: str) -> None:
    rules = (*ALWAYS, *IN_PRODUCTION) if stack == "prod" else ALWAYS
    assert violations(inventory(stack), rules) == []


def put(path: str, value: Value) -> Change:
    """Return a change that puts a value at a path, or with None takes it away."""

    def change(properties: dict[str, Value]) -> None:
        *folders, last = path.split(".")
        for folder in folders:
            inner = properties[folder]
            assert isinstance(inner, dict)
            properties = inner
        properties[last] = value

    return change


def changed(kind: str, name: str, change: Change) -> list[Resource]:
    """Return production's inventory with one resource changed."""
    [wanted] = [resource for resource in of_kind(inventory("prod"), kind) if resource.name == name]
    properties = json.loads(json.dumps(dict(wanted.properties)))
    change(properties)
    return [
        Resource(resource.type, resource.name, properties) if resource is wanted else resource
        for resource in inventory("prod")
    ]


def long_batch(properties: dict[str, Value]) -> None:
    """Give the batch fifteen days."""
    edit_batch(properties, lambda batch: batch["environment_config"]["execution_config"].update(ttl="1296000s"))


def plain_password(properties: dict[str, Value]) -> None:
    """Hand the batch a password instead of a secret's name."""
    name = "spark.executorEnv.KAFKA_SASL_PASSWORD"
    edit_batch(properties, lambda batch: batch["runtime_config"]["properties"].update({name: "hunter2"}))


def edit_batch(properties: dict[str, Value], edit: Callable[[dict[str, dict[str, dict[str, str]]]], None]) -> None:
    """Change the batch that the supervisor is to submit."""
    service = properties["serviceConfig"]
    assert isinstance(service, dict)
    variables = service["environmentVariables"]
    assert isinstance(variables, dict)
    batch = json.loads(str(variables["STREAM_BATCH"]))
    edit(batch)
    variables["STREAM_BATCH"] = json.dumps(batch)


@pytest.mark.parametrize(
    ("kind", "name", "change", "sentence"),
    [
        ("storage.BucketIAMMember", "stream-archives", put("member", "allUsers"), "stream-archives: roles/"),
        ("cloudrunv2.ServiceIamMember", "alert_fanout-pubsub", put("member", "allUsers"), "granted to allUsers"),
        ("storage.Bucket", "checkpoints", put("publicAccessPrevention", "inherited"), "checkpoints: publicAccess"),
        ("storage.Bucket", "archives", put("uniformBucketLevelAccess", False), "archives: uniformBucketLevelAccess"),
        ("cloudfunctionsv2.Function", "gdpr_erasure", put("serviceConfig.serviceAccountEmail", None), "gdpr_erasure:"),
        ("projects.IAMMember", "stream-dataproc.worker", put("role", "roles/editor"), "roles/editor is too broad"),
        ("redis.Instance", "redis", put("authEnabled", False), "redis: authEnabled is off"),
        ("redis.Instance", "redis", put("transitEncryptionMode", "DISABLED"), "redis: transitEncryptionMode"),
        ("redis.Instance", "redis", put("tier", "BASIC"), "redis: tier is not STANDARD_HA"),
        ("pubsub.Subscription", "alert-fanout", put("deadLetterPolicy", None), "alert-fanout: deadLetterPolicy"),
        ("pubsub.Subscription", "alert-fanout", put("retryPolicy", None), "alert-fanout: retryPolicy"),
        ("pubsub.Subscription", "alert-fanout", put("expirationPolicy", None), "alert-fanout: expirationPolicy"),
        ("pubsub.Subscription", "alert-fanout", put("pushConfig.oidcToken", None), "without an OIDC token"),
        ("secretmanager.SecretVersion", "pii-hmac-keys", put("secretData", "5a5a"), "pii-hmac-keys: secretData"),
        (
            "cloudfunctionsv2.Function",
            "automation_rules",
            put("serviceConfig.environmentVariables.REDIS_URL", "rediss://:x@h"),
            "automation_rules: REDIS_URL is a plain variable",
        ),
        ("cloudfunctionsv2.Function", "stream_supervisor", long_batch, "ttl of 1296000s"),
        ("cloudfunctionsv2.Function", "stream_supervisor", plain_password, "executorEnv.KAFKA_SASL_PASSWORD"),
        ("pubsub.Topic", "card-actions", put("labels", {}), "card-actions: labels environment, system are missing"),
        ("bigquery.Dataset", "bigquery", put("maxTimeTravelHours", "168"), "bigquery: maxTimeTravelHours"),
        ("bigquery.Dataset", "bigquery", put("deletionPolicy", "DELETE"), "bigquery: deletionPolicy is not PREVENT"),
        ("index.KafkaCluster", "kafka", put("deletionProtection", False), "kafka: deletionProtection"),
        ("index.KafkaCluster", "kafka", put("availability", "SINGLE_ZONE"), "kafka: availability is not MULTI_ZONE"),
    ],
)
def test_a_wrong_setting_is_named(kind: str, name: str, change: Change, sentence: str) -> None:
    [found] = violations(changed(kind, name, change), (*ALWAYS, *IN_PRODUCTION))
    assert sentence in found


def test_a_batch_of_pulumis_own_is_named() -> None:
    batch = Resource("gcp:dataproc/batch:Batch", "stream", {"labels": {"system": "x", "environment": "x"}})
    [found] = violations([*inventory("prod"), batch], ALWAYS)
    assert "stream: a batch belongs to the supervisor" in found
