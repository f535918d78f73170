"""Compares a resource's properties with Google's own description of its API, which knows every enum and duration.

The documents come with google-api-python-client; nothing is fetched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from infra.policy.inventory import Resource

SCHEMAS = {
    "bigquery.Dataset": ("bigquery.v2", "Dataset"),
    "bigquery.Table": ("bigquery.v2", "Table"),
    "cloudfunctionsv2.Function": ("cloudfunctions.v2", "Function"),
    "cloudscheduler.Job": ("cloudscheduler.v1", "Job"),
    "bigquery.DataTransferConfig": ("bigquerydatatransfer.v1", "TransferConfig"),
    "compute.Address": ("compute.v1", "Address"),
    "compute.Firewall": ("compute.v1", "Firewall"),
    "compute.GlobalAddress": ("compute.v1", "Address"),
    "compute.Network": ("compute.v1", "Network"),
    "compute.RouterNat": ("compute.v1", "RouterNat"),
    "compute.Subnetwork": ("compute.v1", "Subnetwork"),
    "firestore.Database": ("firestore.v1", "GoogleFirestoreAdminV1Database"),
    "firestore.Index": ("firestore.v1", "GoogleFirestoreAdminV1Index"),
    "logging.Metric": ("logging.v2", "LogMetric"),
    "monitoring.AlertPolicy": ("monitoring.v3", "AlertPolicy"),
    "pubsub.Subscription": ("pubsub.v1", "Subscription"),
    "pubsub.Topic": ("pubsub.v1", "Topic"),
    "redis.Instance": ("redis.v1", "Instance"),
    "secretmanager.Secret": ("secretmanager.v1", "Secret"),
}
"""Which schema describes a resource; where there is none, the SDK's types are all there is to compare with."""

_FORMATS = {
    "google-duration": re.compile(r"\d+(\.\d{1,9})?s"),
    "int32": re.compile(r"-?\d+"),
    "int64": re.compile(r"-?\d+"),
    "google-datetime": re.compile(r"\d{4}-\d\d-\d\dT.*Z"),
}
_TYPES = {"boolean": bool, "string": str, "integer": int | float, "number": int | float, "array": list, "object": dict}


def mismatches(resource: Resource) -> list[str]:
    """Return every value that the API's description does not allow."""
    api, schema = SCHEMAS[resource.kind]
    return list(check_object(dict(resource.properties), api, schema, f"{resource.kind} {resource.name}"))


def unknown(resource: Resource) -> set[str]:
    """Return the properties on which the API's description is silent: names of the provider's own."""
    api, schema = SCHEMAS[resource.kind]
    return set(resource.properties) - set(schemas(api)[schema]["properties"])


@cache
def schemas(api: str) -> Mapping[str, dict[str, dict[str, object]]]:
    """Return an API's schemas by name."""
    text = files("googleapiclient.discovery_cache.documents").joinpath(f"{api}.json").read_text()
    found: Mapping[str, dict[str, dict[str, object]]] = json.loads(text)["schemas"]
    return found


def check_object(value: Mapping[str, object], api: str, schema: str, place: str) -> Iterator[str]:
    """Compare an object with a schema; names the schema does not have are passed over."""
    known = schemas(api)[schema].get("properties", {})
    for name, item in value.items():
        if name in known:
            yield from _check(item, known[name], api, f"{place}.{name}")


def _check(value: object, expected: object, api: str, place: str) -> Iterator[str]:
    assert isinstance(expected, dict)
    if value is None:
        return
    if "$ref" in expected:
        if isinstance(value, dict):
            yield from check_object(value, api, str(expected["$ref"]), place)
        return
    if isinstance(value, list) and expected.get("type") == "array":
        for number, item in enumerate(value):
            yield from _check(item, expected["items"], api, f"{place}[{number}]")
        return
    yield from _check_scalar(value, expected, place)


def _check_scalar(value: object, expected: Mapping[str, object], place: str) -> Iterator[str]:
    kinds, form = expected.get("enum"), _FORMATS.get(str(expected.get("format")))
    if isinstance(kinds, list) and value not in kinds:
        yield f"{place}: {value!r} is not one of {', '.join(map(str, kinds))}"
    if form and isinstance(value, str) and value and not form.fullmatch(value):  # empty is unset
        yield f"{place}: {value!r} is no {expected['format']}"
    if isinstance(value, bool) and expected.get("type") != "boolean":
        yield f"{place}: a boolean where a {expected.get('type')} is expected"
