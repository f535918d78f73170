"""The rules of a deployment: each returns one sentence for each resource that breaks it, and names it."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from infra.policy.inventory import SECRET, Resource, Value, of_kind

Inventory = tuple[Resource, ...]
Rule = Callable[[Inventory], Iterator[str]]

MOST_TTL_S = 14 * 24 * 3600
"""After that Dataproc kills a batch, and its API refuses more."""

UNLABELLED = frozenset(
    {
        "bigquery.DataTransferConfig",
        "bigquery.DatasetIamMember",
        "bigquery.IamMember",
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

_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_DEFAULT_ACCOUNT = re.compile(r"-compute@developer\.gserviceaccount\.com|@appspot\.gserviceaccount\.com")
_SECRET_VARIABLE = re.compile(r"PASSWORD|TOKEN(?!_AUDIENCES$)|HMAC_KEYS$|REDIS_URL$|SECRET$|API_KEY")
_SECRET_NAME = re.compile(r"projects/[^/]+/secrets/[^/]+/versions/\w+")
_SECRET_PROPERTIES = {"secretmanager.SecretVersion": ("secretData",), "index.KafkaTopic": ("credentials",)}


def nobody_public(inventory: Inventory) -> Iterator[str]:
    """No role for everybody, no bucket that could be opened to the public, no function that skips its check."""
    for resource in inventory:
        if resource.get("member") in _EVERYBODY:
            yield f"{resource.name}: {resource.get('role')} is granted to {resource.get('member')}"
        if resource.get("invokerIamDisabled"):
            yield f"{resource.name}: callers are not checked"
    for bucket in of_kind(inventory, "storage.Bucket"):
        if bucket.get("publicAccessPrevention") != "enforced":
            yield f"{bucket.name}: publicAccessPrevention is not enforced"
        if bucket.get("uniformBucketLevelAccess") is not True:
            yield f"{bucket.name}: uniformBucketLevelAccess is off"


def no_default_account(inventory: Inventory) -> Iterator[str]:
    """Every program runs, and is built, as an account of its own."""
    for resource in inventory:
        if _DEFAULT_ACCOUNT.search(json.dumps(dict(resource.properties))):
            yield f"{resource.name}: uses a default service account"
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        for path in ("serviceConfig.serviceAccountEmail", "buildConfig.serviceAccount"):
            if not function.get(path):
                yield f"{function.name}: {path} is not set, so that the default service account is used"


def no_broad_role(inventory: Inventory) -> Iterator[str]:
    """No owner, editor or viewer of the whole project."""
    for grant in of_kind(inventory, "projects.IAMMember"):
        if grant.get("role") in {"roles/owner", "roles/editor", "roles/viewer"}:
            yield f"{grant.name}: {grant.get('role')} is too broad"


def redis_is_closed(inventory: Inventory) -> Iterator[str]:
    """AUTH and TLS, which are off by default, are on."""
    for instance in of_kind(inventory, "redis.Instance"):
        if instance.get("authEnabled") is not True:
            yield f"{instance.name}: authEnabled is off"
        if instance.get("transitEncryptionMode") != "SERVER_AUTHENTICATION":
            yield f"{instance.name}: transitEncryptionMode is not SERVER_AUTHENTICATION"


def messages_are_kept(inventory: Inventory) -> Iterator[str]:
    """Every subscription retries, never expires, and ends in a dead letter, unless it is where those end."""
    for subscription in of_kind(inventory, "pubsub.Subscription"):
        if not subscription.get("retryPolicy.minimumBackoff"):
            yield f"{subscription.name}: retryPolicy is missing"
        if subscription.get("expirationPolicy.ttl") != "":
            yield f"{subscription.name}: expirationPolicy lets it expire"
        if not subscription.name.endswith("-dead-letter") and not subscription.get("deadLetterPolicy.deadLetterTopic"):
            yield f"{subscription.name}: deadLetterPolicy is missing"


def pushes_prove_who_calls(inventory: Inventory) -> Iterator[str]:
    """Every push and every scheduled call carries a token, made for the address it goes to."""
    calls = [
        (item, item.get("pushConfig.pushEndpoint"), item.get("pushConfig.oidcToken"))
        for item in of_kind(inventory, "pubsub.Subscription")
    ] + [
        (item, item.get("httpTarget.uri"), item.get("httpTarget.oidcToken"))
        for item in of_kind(inventory, "cloudscheduler.Job")
    ]
    for resource, address, token in calls:
        if address and not (isinstance(token, dict) and token.get("serviceAccountEmail") and token.get("audience")):
            yield f"{resource.name}: calls {address} without an OIDC token"


def callers_are_verified(inventory: Inventory) -> Iterator[str]:
    """Every function knows whom a token must be meant for."""
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        if not function.get("serviceConfig.environmentVariables.TOKEN_AUDIENCES"):
            yield f"{function.name}: TOKEN_AUDIENCES is not set"


def secrets_stay_secret(inventory: Inventory) -> Iterator[str]:
    """What is secret is marked so, and reaches a program by reference, never in a plain variable."""
    for resource in inventory:
        for path in _SECRET_PROPERTIES.get(resource.kind, ()):
            if resource.get(path) != SECRET:
                yield f"{resource.name}: {path} is plain"
        for variable in _plain_variables(resource):
            yield f"{resource.name}: {variable} is a plain variable"


def _plain_variables(resource: Resource) -> Iterator[str]:
    variables = resource.get("serviceConfig.environmentVariables")
    for name, text in (variables if isinstance(variables, dict) else {}).items():
        if _SECRET_VARIABLE.search(name):
            yield name
        if name == "STREAM_BATCH":
            properties = json.loads(str(text))["runtime_config"]["properties"]
            yield from (
                key
                for key, value in properties.items()
                if _SECRET_VARIABLE.search(key) and not _SECRET_NAME.fullmatch(value)
            )


def secrets_are_pinned(inventory: Inventory) -> Iterator[str]:
    """A function names the versions of its secrets: what an instance knows does not depend on when it started."""
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        held = function.get("serviceConfig.secretEnvironmentVariables")
        secrets = [one for one in (held if isinstance(held, list) else []) if isinstance(one, dict)]
        loose = sorted(str(one.get("key")) for one in secrets if not str(one.get("version")).isdigit())
        if loose:
            yield f"{function.name}: {', '.join(loose)}: not pinned to a version"


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


def deleted_rows_go_soon(inventory: Inventory) -> Iterator[str]:
    """Time travel is at its least, so that an erased row is soon beyond reach."""
    for dataset in of_kind(inventory, "bigquery.Dataset"):
        if dataset.get("maxTimeTravelHours") != "48":
            yield f"{dataset.name}: maxTimeTravelHours is not 48"


ALWAYS: tuple[Rule, ...] = (
    nobody_public,
    no_default_account,
    no_broad_role,
    redis_is_closed,
    messages_are_kept,
    pushes_prove_who_calls,
    callers_are_verified,
    secrets_stay_secret,
    secrets_are_pinned,
    everything_is_labelled,
    batches_end_in_time,
    pushes_reach_internal_functions,
    alarms_can_be_made,
    deleted_rows_go_soon,
)

_PROTECTION = {
    "bigquery.Dataset": ("deletionPolicy", "PREVENT"),
    "firestore.Database": ("deleteProtectionState", "DELETE_PROTECTION_ENABLED"),
    "index.KafkaCluster": ("deletionProtection", True),
    "redis.Instance": ("deletionProtection", True),
    "secretmanager.Secret": ("deletionProtection", True),
    "storage.Bucket": ("deletionPolicy", "PREVENT"),
}

_KEPT = frozenset({*_PROTECTION, "index.Environment", "index.KafkaTopic", "pubsub.Topic"})


def what_holds_data_is_protected(inventory: Inventory) -> Iterator[str]:
    """In production nothing that holds data can be deleted by a slip: Pulumi and its provider refuse both."""
    for resource in inventory:
        if (resource.kind in _KEPT or _is_table(resource)) and not resource.protect:
            yield f"{resource.name}: protect is off"
        path, wanted = _PROTECTION.get(resource.kind, ("", ""))
        if path and resource.get(path) != wanted:
            yield f"{resource.name}: {path} is not {wanted}"
        if _is_table(resource) and resource.get("deletionProtection") is not True:
            yield f"{resource.name}: deletionProtection is not True"


def _is_table(resource: Resource) -> bool:
    return resource.kind == "bigquery.Table" and not resource.get("view")


def nothing_has_a_single_zone(inventory: Inventory) -> Iterator[str]:
    """In production the loss of a zone stops neither Kafka nor Redis."""
    for cluster in of_kind(inventory, "index.KafkaCluster"):
        if cluster.get("availability") != "MULTI_ZONE":
            yield f"{cluster.name}: availability is not MULTI_ZONE"
    for instance in of_kind(inventory, "redis.Instance"):
        if instance.get("tier") != "STANDARD_HA":
            yield f"{instance.name}: tier is not STANDARD_HA"


def people_come_through_iap(inventory: Inventory) -> Iterator[str]:
    """In production Identity-Aware Proxy stands before the page, and nobody gets around it."""
    for backend in of_kind(inventory, "compute.BackendService"):
        if backend.get("iap.enabled") is not True:
            yield f"{backend.name}: Identity-Aware Proxy is off"
    for function in of_kind(inventory, "cloudfunctionsv2.Function"):
        if not function.get("serviceConfig.environmentVariables.PAGE_ORIGINS"):
            continue
        if function.get("serviceConfig.ingressSettings") != "ALLOW_INTERNAL_AND_GCLB":
            yield f"{function.name}: can be reached beside Identity-Aware Proxy"
        if not function.get("serviceConfig.environmentVariables.IAP_AUDIENCE"):
            yield f"{function.name}: IAP_AUDIENCE is not set, so that no assertion is asked for"


IN_PRODUCTION: tuple[Rule, ...] = (
    what_holds_data_is_protected,
    nothing_has_a_single_zone,
    people_come_through_iap,
)


def violations(inventory: Iterable[Resource], rules: Iterable[Rule]) -> list[str]:
    """Return every sentence of every rule."""
    resources = tuple(inventory)
    return [f"{rule.__name__}: {sentence}" for rule in rules for sentence in rule(resources)]
