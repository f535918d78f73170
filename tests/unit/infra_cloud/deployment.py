"""Declares a deployment against Pulumi's mocks, and keeps every resource it asks for."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pulumi
import yaml
from pydantic import SecretStr

from infra.__main__ import compose
from infra.artifacts import Artifacts, prepare
from infra.config import Documents, StackSettings
from infra.policy.inventory import SECRET, Resource, Value
from infra.services import CATALOGUE
from tests.unit.infra_cloud.answers import answers
from tests.unit.infra_cloud.graph import Graph, Monitor

STACKS = Path(__file__).parents[3] / "infra" / "stacks"
KEYS = SecretStr(json.dumps({"1": "5a" * 32}))
DOCUMENTS = Documents(KEYS, SecretStr("[]"), SecretStr("{}"), ())
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_MARK = "1b47061264138c4ac30d75fd1eb44270"
"""How Pulumi's engine is told that a value is secret (pulumi/sdk/python/lib/pulumi/runtime/rpc.py)."""


class Recorder(pulumi.runtime.Mocks):
    """Answers as the providers would, where the program goes on from an answer."""

    def __init__(self) -> None:
        self.resources: list[Resource] = []
        self.graph = Graph()

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        """Keep a resource, and say what became of it."""
        if args.custom:
            properties = {name: _plain(value) for name, value in args.inputs.items()}
            self.resources.append(Resource(args.typ, args.name, properties))
        kind = Resource(args.typ, args.name, {}).kind
        return f"{args.name}-id", {**args.inputs, **answers(kind, args.name, args.inputs)}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        """Refuse a look-up: it would be made before the API it goes through is on."""
        raise AssertionError(args.token)


def _plain(value: object) -> Value:
    """Return a value without what is secret in it, and without where on this machine a file lies."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _MARK:
            return SECRET
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return type(value).__name__


def stack_document(stack: str) -> dict[str, object]:
    """Return the settings a stack's file holds."""
    document = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())
    settings: dict[str, object] = document["config"]["payment-fraud:stack"]
    return settings


def stack_settings(stack: str) -> StackSettings:
    """Return a stack's settings, checked."""
    return StackSettings.model_validate_json(json.dumps(stack_document(stack)))


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def record(recorder: Recorder, stack: str) -> None:
    """Let what is declared from now on come to a recorder.

    Pulumi asks for the current event loop, and an `asyncio.run` of any test before leaves none behind.
    """
    asyncio.set_event_loop(_event_loop())
    monitor = Monitor(recorder, recorder.graph)
    pulumi.runtime.set_mocks(recorder, project="payment-fraud", stack=stack, preview=False, monitor=monitor)


@contextmanager
def changed_by(change: pulumi.ResourceTransformation | None) -> Iterator[None]:
    """Let every resource that the program asks for pass through a change first."""
    root = pulumi.runtime.get_root_resource()
    assert root is not None
    root._transformations = [] if change is None else [change]
    try:
        yield
    finally:
        root._transformations = []


def declare(
    settings: StackSettings,
    artifacts: Artifacts,
    documents: Documents = DOCUMENTS,
    change: pulumi.ResourceTransformation | None = None,
) -> list[Resource]:
    """Return every resource that a deployment with these settings asks for, each with `change` made to it."""
    return _sorted(_declare(settings, artifacts, documents, change))


def _declare(
    settings: StackSettings, artifacts: Artifacts, documents: Documents, change: pulumi.ResourceTransformation | None
) -> Recorder:
    recorder = Recorder()
    record(recorder, settings.environment)
    with changed_by(change):
        pulumi.runtime.test(lambda: compose(settings, documents, artifacts))()  # type: ignore[no-untyped-call]  # Pulumi's own decorator
    return recorder


def _sorted(recorder: Recorder) -> list[Resource]:
    protected = recorder.graph.protected
    resources = (replace(one, protect=(one.type, one.name) in protected) for one in recorder.resources)
    return sorted(resources, key=lambda resource: (resource.type, resource.name))


@cache
def _deployed(stack: str) -> Recorder:
    return _declare(stack_settings(stack), artifacts(), DOCUMENTS, None)


@cache
def inventory(stack: str) -> tuple[Resource, ...]:
    """Return what a stack's file deploys."""
    return tuple(_sorted(_deployed(stack)))


def graph(stack: str) -> Graph:
    """Return what waits for what in what a stack's file deploys."""
    return _deployed(stack).graph


@cache
def artifacts() -> Artifacts:
    """Pack every service there is to be, whether or not its code has come yet."""
    return prepare(CATALOGUE, Path(mkdtemp(prefix="fraud-archives-")))
