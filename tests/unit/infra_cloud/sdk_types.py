"""Compares a resource's properties with the SDK's own argument types, at any depth: mocks accept anything."""

import importlib
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin

import pulumi
from pulumi._types import input_type_types, is_input_type

from infra.policy.inventory import SECRET, Resource

_PACKAGES = {"gcp": "pulumi_gcp", "confluentcloud": "pulumi_confluentcloud"}


def mismatches(resource: Resource) -> list[str]:
    """Return every property that the resource's argument type does not have, or has with another type."""
    return list(_check(dict(resource.properties), arguments(resource.type), f"{resource.type} {resource.name}"))


@cache
def arguments(token: str) -> type:
    """Return the class of a resource's arguments, such as `pulumi_gcp.redis.InstanceArgs`."""
    package, module, name = token.split(":")
    path = module.split("/")[0]
    where = _PACKAGES[package] if path == "index" else f"{_PACKAGES[package]}.{path}"
    found: type = getattr(importlib.import_module(where), f"{name}Args")
    return found


def _check(value: object, expected: Any, place: str) -> Iterator[str]:  # noqa: ANN401  any type hint there is
    expected = _input(expected)
    if expected is Any or value is None or value == SECRET:
        return
    origin = get_origin(expected)
    if isinstance(expected, type) and is_input_type(expected) and isinstance(value, dict):
        yield from _check_fields(value, expected, place)
    elif origin in {Mapping, dict} or (origin and issubclass(origin, Mapping)):
        yield from _check_mapping(value, expected, place)
    elif (isinstance(origin, type) and issubclass(origin, list | tuple)) or _is_sequence(origin):
        yield from _check_sequence(value, expected, place)
    elif not _fits(value, expected):
        yield f"{place}: {type(value).__name__} where {expected} is expected"


def _check_fields(value: dict[str, object], expected: type, place: str) -> Iterator[str]:
    known = input_type_types(expected)
    for name, item in value.items():
        if name not in known:
            yield f"{place}.{name}: {expected.__name__} has no such property"
        else:
            yield from _check(item, known[name], f"{place}.{name}")


def _check_mapping(value: object, expected: Any, place: str) -> Iterator[str]:  # noqa: ANN401  as above
    if not isinstance(value, dict):
        yield f"{place}: {type(value).__name__} where a mapping is expected"
        return
    for name, item in value.items():
        yield from _check(item, get_args(expected)[1], f"{place}.{name}")


def _check_sequence(value: object, expected: Any, place: str) -> Iterator[str]:  # noqa: ANN401  as above
    if not isinstance(value, list):
        yield f"{place}: {type(value).__name__} where a list is expected"
        return
    for number, item in enumerate(value):
        yield from _check(item, get_args(expected)[0], f"{place}[{number}]")


def _fits(value: object, expected: Any) -> bool:  # noqa: ANN401  as above
    if not isinstance(expected, type):
        return True
    if expected in {int, float}:  # on the wire both are doubles
        return isinstance(value, int | float) and not isinstance(value, bool)
    if issubclass(expected, pulumi.Asset | pulumi.Archive):
        return value in {"FileAsset", "FileArchive"}
    return isinstance(value, expected)


def _is_sequence(origin: object) -> bool:
    return getattr(origin, "__name__", "") == "Sequence"


def _input(expected: Any) -> Any:  # noqa: ANN401  as above
    """Return what is left of `Input[T]`, `Output[T] | Awaitable[T]`, `Optional` and dictionaries of arguments: T."""
    if get_origin(expected) not in {Union, types.UnionType}:
        return expected
    choices = [choice for choice in get_args(expected) if choice is not type(None)]
    plain = [choice for choice in choices if getattr(get_origin(choice), "__name__", "") not in {"Output", "Awaitable"}]
    classes = [choice for choice in plain if isinstance(choice, type) and is_input_type(choice)]
    chosen = classes or plain
    return _input(chosen[0]) if chosen else Any
