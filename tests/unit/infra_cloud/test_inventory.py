"""What each stack deploys, held against a file. Accept a difference that was meant with:

python -m tests.unit.infra_cloud.test_inventory
"""

import json
import re
from pathlib import Path

import pytest

from infra.policy.inventory import Resource, Value
from tests.unit.infra_cloud.deployment import inventory

GOLDEN = Path(__file__).parents[2] / "golden"
_HASH = re.compile(r"-[0-9a-f]{16}(?=\.)")
_COMES_FROM_ELSEWHERE = frozenset({"schema", "view", "description", "dashboardJson"})
"""Taken from files that have tests of their own."""


def lines(stack: str) -> list[str]:
    """Return one line a resource, fit for a diff; hashes of code left out, for code changes every day."""
    return [_HASH.sub("-HASH", json.dumps(_shown(resource), sort_keys=True)) for resource in inventory(stack)]


def _shown(resource: Resource) -> dict[str, Value]:
    properties = {name: value for name, value in resource.properties.items() if name not in _COMES_FROM_ELSEWHERE}
    protect: dict[str, Value] = {"protect": True} if resource.protect else {}
    return {"type": resource.type, "name": resource.name, "properties": properties, **protect}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_stack_holds_what_it_held(stack: str) -> None:
    assert lines(stack) == (GOLDEN / f"{stack}.ndjson").read_text().splitlines()


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_name_in_the_program_is_its_own(stack: str) -> None:
    names = [(resource.type, resource.name) for resource in inventory(stack)]
    assert len(names) == len(set(names))


if __name__ == "__main__":
    for name in ("dev", "staging", "prod"):
        (GOLDEN / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in lines(name)))
