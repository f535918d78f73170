"""What must keep working: messages, batches, alarms, and the labels that all go by."""

import json
import re
from collections.abc import Iterator, Mapping

from infra.policy.inventory import Inventory, Resource, Value, of_kind

MOST_TTL_S = 14 * 24 * 3600
"""After that Dataproc kills a batch, and its API refuses more."""

UNLABELLED = frozenset(
    {
        "artifactregistry.RepositoryIamMember",
        "bigquery.DataTransferConfig",
        "bigquery.DatasetIamMember",
        "bigquery.IamMember",
        "billing.Budget",
        "cloudscheduler.Job",
        "compute.BackendService",
        "compute.Firewall",
        "compute.ManagedSslCertificate",
        "compute.Network",
        "compute.RegionNetworkEndpointGroup",
        "compute.Router",
        "compute.RouterNat",
        "compute.SSLPolicy",
        "compute.Subnetwork",
        "compute.TargetHttpsProxy",
        "compute.URLMap",
        "cloudrunv2.ServiceIamMember",
        "dns.RecordSet",
        "firestore.Database",
        "firestore.Field",
        "firestore.Index",
        "iap.WebBackendServiceIamMember",
        "logging.Metric",
        "logging.ProjectBucketConfig",
        "logging.ProjectSink",
        "monitoring.Dashboard",
        "projects.IAMAuditConfig",
        "projects.IAMMember",
        "projects.Service",
        "projects.ServiceIdentity",
        "pubsub.SubscriptionIAMMember",
        "pubsub.TopicIAMMember",
        "secretmanager.SecretIamMember",
        "secretmanager.SecretVersion",
        "serviceaccount.Account",
        "serviceaccount.IAMMember",
        "servicenetworking.Connection",
        "storage.BucketIAMMember",
        "storage.BucketObject",
    }
)
"""Kinds that know no labels."""


def messages_are_kept(inventory: Inventory) -> Iterator[str]:
    """Every subscription retries, never expires, and ends in a dead letter, unless it is where those end."""
    for subscription in of_kind(inventory, "pubsub.Subscription"):
        if not subscription.get("retryPolicy.minimumBackoff"):
            yield f"{subscription.name}: retryPolicy is missing"
        if subscription.get("expirationPolicy.ttl") != "":
            yield f"{subscription.name}: expirationPolicy lets it expire"
        if not subscription.name.endswith("-dead-letter") and not subscription.get("deadLetterPolicy.deadLetterTopic"):
            yield f"{subscription.name}: deadLetterPolicy is missing"


def everything_is_labelled(inventory: Inventory) -> Iterator[str]:
    """Every resource that can carries the system's and the environment's label; Confluent's know none."""
    for resource in inventory:
        if resource.type.startswith("confluentcloud:") or resource.kind in UNLABELLED:
            continue
        labels = resource.get("userLabels" if resource.kind.startswith("monitoring.") else "labels")
        missing = {"system", "environment"} - set(labels if isinstance(labels, dict) else {})
        if missing:
            yield f"{resource.name}: labels {', '.join(sorted(missing))} are missing"


def batches_end_in_time(inventory: Inventory) -> Iterator[str]:
    """A batch says when it ends, within what Dataproc allows; Pulumi owns none."""
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        text = function.get("serviceConfig.environmentVariables.STREAM_BATCH")
        if text:
            ttl = json.loads(str(text))["environment_config"]["execution_config"].get("ttl", "0s")
            if not 0 < int(ttl.removesuffix("s")) <= MOST_TTL_S:
                yield f"{function.name}: STREAM_BATCH has a ttl of {ttl}, beyond 1 s to 14 days"
    for batch in of_kind(inventory, "dataproc.Batch"):
        yield f"{batch.name}: a batch belongs to the supervisor, not to Pulumi"


def pushes_reach_internal_functions(inventory: Inventory) -> Iterator[str]:
    """Ingress takes Pub/Sub and Cloud Scheduler for internal at the address of Cloud Run only."""
    for resource in of_kind(inventory, "pubsub.Subscription", "cloudscheduler.Job"):
        for path in ("pushConfig.pushEndpoint", "httpTarget.uri"):
            address = resource.get(path)
            if address and "cloudfunctions.net" in str(address):
                yield f"{resource.name}: {path} is not the function's own address at run.app"


def alarms_can_be_made(inventory: Inventory) -> Iterator[str]:
    """An alarm may come before the first line of its metric, and says which kind of resource writes it."""
    for policy in of_kind(inventory, "monitoring.AlertPolicy"):
        for condition in _conditions(policy):
            if condition.get("disableMetricValidation") is not True:
                yield f"{policy.name}: disableMetricValidation is off"
            for series in re.findall(r"\w+_googleapis_com:\w+(?:\{[^}]*\})?", str(condition.get("query"))):
                if "monitored_resource=" not in series:
                    yield f"{policy.name}: {series} names no monitored_resource"


def _conditions(policy: Resource) -> Iterator[Mapping[str, Value]]:
    conditions = policy.get("conditions")
    for condition in conditions if isinstance(conditions, list) else []:
        query = condition.get("conditionPrometheusQueryLanguage") if isinstance(condition, dict) else None
        if isinstance(query, dict):
            yield query
