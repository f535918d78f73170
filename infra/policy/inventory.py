"""An inventory: every resource of a deployment with its properties, under the engine's names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

SECRET = "[secret]"  # noqa: S105  what stands in an inventory instead of a secret
"""A value that Pulumi was told is secret; where a plain text stands instead, it was not told."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_MARK = "1b47061264138c4ac30d75fd1eb44270"
"""How Pulumi's engine is told that a value is secret (pulumi/sdk/python/lib/pulumi/runtime/rpc.py)."""


@dataclass(frozen=True)
class Resource:
    """A resource: `type` such as `gcp:redis/instance:Instance`, its name in the program, what it is given.

    `protect`: Pulumi refuses to delete it.
    """

    type: str
    name: str
    properties: Mapping[str, Value]
    protect: bool = False

    @property
    def kind(self) -> str:
        """The last part of the type, with its module: `redis.Instance`."""
        module, _, name = self.type.removeprefix("gcp:").removeprefix("confluentcloud:").partition("/")
        return f"{module}.{name.rpartition(':')[2]}" if name else module

    def get(self, path: str) -> Value:
        """Return the value at a path such as `pushConfig.oidcToken.audience`, None where there is nothing."""
        value: Value = dict(self.properties)
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def texts(self, path: str) -> list[str]:
        """Return the list of texts at a path."""
        value = self.get(path)
        return [str(item) for item in value] if isinstance(value, list) else []


def shown(value: object) -> Value:
    """Return a value without what is secret in it, and without where on this machine a file lies."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _MARK:
            return SECRET
        return {name: shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return type(value).__name__


Inventory = tuple[Resource, ...]


def of_kind(inventory: Iterable[Resource], *kinds: str) -> list[Resource]:
    """Return the resources of these kinds."""
    return [resource for resource in inventory if resource.kind in kinds]
