"""The real program with one input after another set wrong on its way to Pulumi: each is found, and named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import pulumi
import pytest

from infra.policy.inventory import of_kind
from infra.policy.rules import of_stack, violations
from infra.rehearsal.program import declare
from tests.unit.infra_cloud import discovery, sdk_types
from tests.unit.infra_cloud.deployment import artifacts, inventory, stack_settings

Edit = Callable[[Any], Any]


@dataclass(frozen=True)
class Wrong:
    """An input set wrong: of a resource by its kind and name, at a path of Python's names; `said` names it."""

    kind: str
    name: str
    path: str
    value: object
    said: str


def edited(edit: Edit) -> Edit:
    """Return a change of the batch that the supervisor is to submit."""

    def change(variables: dict[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
        text = pulumi.Output.from_input(variables["STREAM_BATCH"])
        return variables | {"STREAM_BATCH": text.apply(lambda batch: json.dumps(edit(json.loads(batch))))}

    return change


@edited
def long_batch(batch: Any) -> Any:  # noqa: ANN401  JSON
    """Give the batch fifteen days."""
    batch["environment_config"]["execution_config"]["ttl"] = "1296000s"
    return batch


@edited
def plain_password(batch: Any) -> Any:  # noqa: ANN401  JSON
    """Hand the batch a password instead of a secret's name."""
    batch["runtime_config"]["properties"]["spark.executorEnv.KAFKA_SASL_PASSWORD"] = "hunter2"  # noqa: S105
    return batch


def without(name: str) -> Edit:
    """Return a change that tells a function less."""

    def change(variables: dict[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
        return {key: value for key, value in variables.items() if key != name}

    return change


def latest(variables: list[Any]) -> list[Any]:
    """Let instances look for the newest version of each secret when they start."""
    for variable in variables:
        variable.version = "latest"
    return variables


def plain_redis(variables: dict[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """Tell a function the address of Redis as an ordinary variable."""
    return variables | {"REDIS_URL": "rediss://:x@h"}


def unvalidated(conditions: list[Any]) -> list[Any]:
    """Let Cloud Monitoring refuse metrics that have no line yet."""
    conditions[0].condition_prometheus_query_language.disable_metric_validation = None
    return conditions


def unnamed(conditions: list[Any]) -> list[Any]:
    """Ask for a series of whatever writes it."""
    conditions[0].condition_prometheus_query_language.query = "max(pubsub_googleapis_com:subscription_x) > 0"
    return conditions


FUNCTION, SUBSCRIPTION = "cloudfunctionsv2/function:Function", "pubsub/subscription:Subscription"
VARIABLES = "service_config.environment_variables"
WRONG = (
    Wrong(
        "storage/bucketIAMMember:BucketIAMMember", "stream-archives", "member", "allUsers", "stream-archives: roles/"
    ),
    Wrong(
        "cloudrunv2/serviceIamMember:ServiceIamMember",
        "alert_fanout-pubsub",
        "member",
        "allAuthenticatedUsers",
        "alert_fanout-pubsub: roles/run.invoker is granted to allAuthenticatedUsers",
    ),
    Wrong("storage/bucket:Bucket", "checkpoints", "public_access_prevention", "inherited", "checkpoints: publicAccess"),
    Wrong("storage/bucket:Bucket", "archives", "uniform_bucket_level_access", False, "archives: uniformBucketLevel"),
    Wrong(
        FUNCTION, "gdpr_erasure", "service_config.service_account_email", None, "gdpr_erasure: serviceConfig.service"
    ),
    Wrong(
        FUNCTION,
        "gdpr_erasure",
        "service_config.secret_environment_variables",
        latest,
        ": not pinned to a version",
    ),
    Wrong(FUNCTION, "rule_desk", VARIABLES, without("TOKEN_AUDIENCES"), "rule_desk: TOKEN_AUDIENCES is not set"),
    Wrong(FUNCTION, "fraud_dashboard", VARIABLES, without("IAP_AUDIENCE"), "fraud_dashboard: IAP_AUDIENCE is not set"),
    Wrong(
        FUNCTION, "fraud_dashboard", "service_config.ingress_settings", "ALLOW_ALL", "fraud_dashboard: can be reached"
    ),
    Wrong("compute/backendService:BackendService", "page", "iap.enabled", False, "page: Identity-Aware Proxy is off"),
    Wrong(FUNCTION, "rule_desk", "build_config.service_account", None, "rule_desk: buildConfig.serviceAccount is not"),
    Wrong(FUNCTION, "automation_rules", VARIABLES, plain_redis, "automation_rules: REDIS_URL is a plain variable"),
    Wrong(
        FUNCTION, "stream_supervisor", VARIABLES, long_batch, "stream_supervisor: STREAM_BATCH has a ttl of 1296000s"
    ),
    Wrong(FUNCTION, "stream_supervisor", VARIABLES, plain_password, "executorEnv.KAFKA_SASL_PASSWORD is a plain"),
    Wrong(
        "projects/iAMMember:IAMMember",
        "stream-dataproc.serverlessNode",
        "role",
        "roles/editor",
        "roles/editor is too broad",
    ),
    Wrong(
        "projects/iAMMember:IAMMember",
        "stream-bigquery.jobUser",
        "role",
        "roles/dataproc.worker",
        "stream-bigquery.jobUser: roles/dataproc.worker reaches every bucket",
    ),
    Wrong(
        "projects/iAMMember:IAMMember", "builder-sources", "condition", None, "builder-sources: roles/storage.object"
    ),
    Wrong("bigquery/dataset:Dataset", "bigquery", "accesses", None, "bigquery: accesses is not set"),
    Wrong("index/kafkaCluster:KafkaCluster", "kafka", "enterprises", None, "kafka: can be reached from everywhere"),
    Wrong("redis/instance:Instance", "redis", "auth_enabled", False, "redis: authEnabled is off"),
    Wrong("redis/instance:Instance", "redis", "transit_encryption_mode", "DISABLED", "redis: transitEncryptionMode"),
    Wrong("redis/instance:Instance", "redis", "tier", "BASIC", "redis: tier is not STANDARD_HA"),
    Wrong(SUBSCRIPTION, "alert-fanout", "dead_letter_policy", None, "alert-fanout: deadLetterPolicy is missing"),
    Wrong(SUBSCRIPTION, "gdpr-erasure", "retry_policy", None, "gdpr-erasure: retryPolicy is missing"),
    Wrong(SUBSCRIPTION, "fraud-alerts-pull", "expiration_policy", None, "fraud-alerts-pull: expirationPolicy"),
    Wrong(SUBSCRIPTION, "automation-rules", "push_config.oidc_token", None, "automation-rules: calls https"),
    Wrong("cloudscheduler/job:Job", "erasure-drill", "http_target.oidc_token", None, "erasure-drill: calls https"),
    Wrong(
        "secretmanager/secretVersion:SecretVersion", "redis-url", "secret_data", "x", "redis-url: secretData is plain"
    ),
    Wrong("pubsub/topic:Topic", "card-actions", "labels", {}, "card-actions: labels environment, system are missing"),
    Wrong("bigquery/dataset:Dataset", "bigquery", "max_time_travel_hours", "168", "bigquery: maxTimeTravelHours"),
    Wrong("bigquery/dataset:Dataset", "bigquery", "deletion_policy", "DELETE", "bigquery: deletionPolicy is not"),
    Wrong("index/kafkaCluster:KafkaCluster", "kafka", "deletion_protection", False, "kafka: deletionProtection"),
    Wrong(
        "index/kafkaCluster:KafkaCluster", "kafka", "availability", "SINGLE_ZONE", "kafka: availability is SINGLE_ZONE"
    ),
    Wrong(
        "cloudscheduler/job:Job",
        "gdpr-erasure",
        "http_target.uri",
        "https://europe-west1-acme.cloudfunctions.net/gdpr-erasure",
        "gdpr-erasure: httpTarget.uri is not",
    ),
    Wrong("monitoring/alertPolicy:AlertPolicy", "stream-lag", "conditions", unvalidated, "stream-lag: disableMetric"),
    Wrong("monitoring/alertPolicy:AlertPolicy", "dead-letters", "conditions", unnamed, "names no monitored_resource"),
    Wrong("redis/instance:Instance", "redis", "connect_mode", "PUBLIC", "redis.connectMode: 'PUBLIC' is not one of"),
    Wrong("cloudscheduler/job:Job", "stream-supervisor", "attempt_deadline", "1 minute", "'1 minute' is no google-"),
    Wrong("firestore/database:Database", "firestore", "type", "NATIVE", "firestore.type: 'NATIVE' is not one of"),
    Wrong(SUBSCRIPTION, "alert-fanout", "message_retention_duration", "7d", "messageRetentionDuration: '7d' is no"),
    Wrong("compute/firewall:Firewall", "network-internal", "direction", "IN", "network-internal.direction: 'IN' is"),
    Wrong(
        FUNCTION, "alert_fanout", "service_config.available_memory", 512, "alert_fanout.serviceConfig.availableMemory: "
    ),
)


def held(properties: Any, name: str) -> Any:  # noqa: ANN401  a dictionary or the SDK's own class of arguments
    """Return what stands under a name of Python's."""
    return properties[name] if isinstance(properties, dict) else getattr(properties, name)


def break_input(given: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Set every input of a resource wrong that the table names."""
    kind = given.type_.split(":", 1)[1]
    wanted = [wrong for wrong in WRONG if (wrong.kind, wrong.name) == (kind, given.name)]
    for wrong in wanted:
        *folders, last = wrong.path.split(".")
        target = reduce(held, folders, given.props)
        value = wrong.value(held(target, last)) if callable(wrong.value) else wrong.value
        target.update({last: value}) if isinstance(target, dict) else setattr(target, last, value)
    return pulumi.ResourceTransformationResult(given.props, given.opts) if wanted else None


@cache
def found() -> list[str]:
    """Return everything that the checks of a deployment say about production with every input of the table wrong."""
    broken = declare(stack_settings("prod"), artifacts(), change=break_input).resources
    return [
        *violations(broken, of_stack("prod")),
        *(sentence for resource in broken for sentence in sdk_types.mismatches(resource)),
        *(sentence for resource in of_kind(broken, *discovery.SCHEMAS) for sentence in discovery.mismatches(resource)),
    ]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.name}.{wrong.path}")
def test_a_wrong_input_is_named(wrong: Wrong) -> None:
    assert len([sentence for sentence in found() if wrong.said in sentence]) == 1


def test_nothing_is_said_of_what_is_right() -> None:
    assert len(found()) == len(WRONG)


def test_the_program_is_whole_again_afterwards() -> None:
    found()
    assert declare(stack_settings("prod"), artifacts()).resources == list(inventory("prod"))
