"""The alert's JSON Schema, for those who subscribe to `fraud-alerts`: published as docs/alert.schema.json."""

from typing import Any

import msgspec

from fraud.alerts.alert import SCHEMA_VERSION, Alert

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def alert_schema() -> dict[str, Any]:
    """Return the schema of what `encode_alert` writes. Fields may be added: readers ignore what they do not know."""
    [alert], definitions = msgspec.json.schema_components([Alert], ref_template="#/$defs/{name}")
    schema = definitions.pop(alert["$ref"].rpartition("/")[2])
    fields = {name: _as_written(field) for name, field in schema["properties"].items()}
    fields["schema_version"] |= {"const": SCHEMA_VERSION}
    description = " ".join(schema["description"].split())
    head = {"$schema": DIALECT, "title": schema["title"], "description": description, "type": "object"}
    return {**head, "properties": fields, "required": list(fields), "$defs": definitions}


def _as_written(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema; msgspec takes a Decimal for text, but alerts write it as a number."""
    kinds = [_number_for_decimal(kind) for kind in field.get("anyOf", ())]
    plain = {name: rule for name, rule in _number_for_decimal(field).items() if name != "default"}
    return plain | ({"anyOf": kinds} if kinds else {})


def _number_for_decimal(kind: dict[str, Any]) -> dict[str, Any]:
    if kind.get("format") != "decimal":
        return kind
    described = {"description": kind["description"]} if "description" in kind else {}
    return {**described, "type": "number", "minimum": 0}
