"""What must not be read: secrets, the cache, and rows that were deleted."""

import json
import re
from collections.abc import Iterator

from infra.policy.inventory import SECRET, Inventory, Resource, of_kind

_SECRET_VARIABLE = re.compile(r"PASSWORD|TOKEN(?!_AUDIENCES$)|HMAC_KEYS$|REDIS_URL$|SECRET$|API_KEY")
_SECRET_NAME = re.compile(r"projects/[^/]+/secrets/[^/]+/versions/\w+")
_SECRET_PROPERTIES = {"secretmanager.SecretVersion": ("secretData",), "index.KafkaTopic": ("credentials",)}


def redis_is_closed(inventory: Inventory) -> Iterator[str]:
    """AUTH and TLS, which are off by default, are on."""
    for instance in of_kind(inventory, "redis.Instance"):
        if instance.get("authEnabled") is not True:
            yield f"{instance.name}: authEnabled is off"
        if instance.get("transitEncryptionMode") != "SERVER_AUTHENTICATION":
            yield f"{instance.name}: transitEncryptionMode is not SERVER_AUTHENTICATION"


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


def dataset_names_its_readers(inventory: Inventory) -> Iterator[str]:
    """Nobody reads rows for being a reader of the project, which is BigQuery's default."""
    for dataset in of_kind(inventory, "bigquery.Dataset"):
        listed = dataset.get("accesses")
        accesses = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
        if not accesses:
            yield f"{dataset.name}: accesses is not set, so that every reader of the project reads it"
        for group in sorted({str(one.get("specialGroup", "projectOwners")) for one in accesses} - {"projectOwners"}):
            yield f"{dataset.name}: accesses lets {group} in"


def deleted_rows_go_soon(inventory: Inventory) -> Iterator[str]:
    """Time travel is at its least, so that an erased row is soon beyond reach."""
    for dataset in of_kind(inventory, "bigquery.Dataset"):
        if dataset.get("maxTimeTravelHours") != "48":
            yield f"{dataset.name}: maxTimeTravelHours is not 48"
