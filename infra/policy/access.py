"""Who may do what: the rights of a deployment as one table, Google's and Kafka's."""

from collections.abc import Iterable
from typing import NamedTuple

from infra.policy.inventory import Resource

_TARGETS = {
    "artifactregistry.RepositoryIamMember": ("images", "repository"),
    "bigquery.DatasetIamMember": ("dataset", "datasetId"),
    "bigquery.IamMember": ("table", "tableId"),
    "cloudrunv2.ServiceIamMember": ("function", "name"),
    "iap.WebBackendServiceIamMember": ("page", "webBackendService"),
    "projects.IAMMember": ("project", ""),
    "pubsub.SubscriptionIAMMember": ("subscription", "subscription"),
    "pubsub.TopicIAMMember": ("topic", "topic"),
    "secretmanager.SecretIamMember": ("secret", "secretId"),
    "serviceaccount.IAMMember": ("account", "serviceAccountId"),
    "storage.BucketIAMMember": ("bucket", "bucket"),
}


class Right(NamedTuple):
    """`who` may act as `role` on `what`."""

    who: str
    role: str
    what: str


def table(inventory: Iterable[Resource]) -> list[Right]:
    """Return every right, sorted."""
    return sorted(right for resource in inventory for right in _rights(resource))


def holders(rights: Iterable[Right], role: str, what: str) -> set[str]:
    """Return who has a role on something."""
    return {right.who for right in rights if (right.role, right.what) == (role, what)}


def _rights(resource: Resource) -> list[Right]:
    if resource.kind == "index.KafkaAcl":
        who = str(resource.get("principal")).removeprefix("User:").removesuffix("-id")
        star = "*" if resource.get("patternType") == "PREFIXED" else ""
        what = f"{str(resource.get('resourceType')).lower()} {resource.get('resourceName')}{star}"
        return [Right(who, f"kafka {resource.get('operation')}", what)]
    if resource.kind == "index.RoleBinding":
        who = str(resource.get("principal")).removeprefix("User:").removesuffix("-id")
        return [Right(who, f"kafka {resource.get('roleName')}", "cluster")]
    if resource.kind not in _TARGETS:
        return []
    noun, path = _TARGETS[resource.kind]
    what = f"{noun} {_bare(resource, path)}".strip()
    if limit := resource.get("condition.title"):
        what = f"{what}: {limit}"
    return [Right(_who(str(resource.get("member"))), str(resource.get("role")), what)]


def _who(member: str) -> str:
    if member.endswith("@gcp-sa-pubsub.iam.gserviceaccount.com"):
        return "Google's Pub/Sub agent"
    if member.endswith("@gcp-sa-iap.iam.gserviceaccount.com"):
        return "Identity-Aware Proxy"
    return member.removeprefix("serviceAccount:").split("@")[0] if ".iam.gserviceaccount.com" in member else member


def _bare(resource: Resource, path: str) -> str:
    text = str(resource.get(path)) if path else ""
    return text.rsplit("/", 1)[-1].rsplit("-fraud-", 1)[-1].removesuffix("-id").split("@")[0]
