"""What production asks for besides."""

from collections.abc import Iterator

from infra.policy.inventory import Inventory, Resource, of_kind

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
        if cluster.get("availability") not in {"MULTI_ZONE", "HIGH"}:
            yield f"{cluster.name}: availability is {cluster.get('availability')}: of a single zone"
    for instance in of_kind(inventory, "redis.Instance"):
        if instance.get("tier") != "STANDARD_HA":
            yield f"{instance.name}: tier is not STANDARD_HA"


def kafka_is_closed(inventory: Inventory) -> Iterator[str]:
    """In production raw card data is not a login away from everywhere: no public address, or a filter before it."""
    filters = of_kind(inventory, "index.IpFilter")
    if any("KAFKA_DATA" in one.texts("operationGroups") for one in filters):
        return
    for cluster in of_kind(inventory, "index.KafkaCluster"):
        if not cluster.get("enterprises") and not cluster.get("network.id"):
            yield f"{cluster.name}: can be reached from everywhere"


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
