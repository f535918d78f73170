"""Declares a deployment against Pulumi's mocks, and keeps every resource it asks for."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pulumi
from pydantic import SecretStr

from infra.__main__ import compose
from infra.artifacts import Artifacts
from infra.config import Documents, StackSettings
from infra.policy.inventory import Resource, shown
from infra.rehearsal.answers import answers
from infra.rehearsal.graph import Graph, Monitor

KEYS = SecretStr(json.dumps({"1": "5a" * 32}))
DOCUMENTS = Documents(KEYS, SecretStr("[]"), SecretStr("{}"), ())
"""Encrypted settings that open nothing."""


class Recorder(pulumi.runtime.Mocks):
    """Answers as the providers would, where the program goes on from an answer."""

    def __init__(self) -> None:
        self._resources: list[Resource] = []
        self.graph = Graph()

    @property
    def resources(self) -> list[Resource]:
        """What has been asked for, by type and name."""
        kept = (replace(one, protect=(one.type, one.name) in self.graph.protected) for one in self._resources)
        return sorted(kept, key=lambda resource: (resource.type, resource.name))

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        """Keep a resource, and say what became of it."""
        if args.custom:
            properties = {name: shown(value) for name, value in args.inputs.items()}
            self._resources.append(Resource(args.typ, args.name, properties))
        kind = Resource(args.typ, args.name, {}).kind
        return f"{args.name}-id", {**args.inputs, **answers(kind, args.name, args.inputs)}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        """Refuse a look-up: it would be made before the API it goes through is on."""
        raise AssertionError(args.token)


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def record(recorder: Recorder, stack: str) -> None:
    """Let what is declared from now on come to a recorder.

    Pulumi asks for the current event loop, and an `asyncio.run` before leaves none behind.
    """
    asyncio.set_event_loop(_event_loop())
    monitor = Monitor(recorder, recorder.graph)
    pulumi.runtime.set_mocks(recorder, project="payment-fraud", stack=stack, preview=False, monitor=monitor)


@contextmanager
def _changed_by(change: pulumi.ResourceTransformation | None) -> Iterator[None]:
    """Let every resource that the program asks for pass through a change first."""
    root = pulumi.runtime.get_root_resource()
    assert root is not None  # noqa: S101  set_mocks has made it
    root._transformations = [] if change is None else [change]  # noqa: SLF001  Pulumi takes one back from nobody
    try:
        yield
    finally:
        root._transformations = []  # noqa: SLF001  as above


def declare(
    settings: StackSettings,
    artifacts: Artifacts,
    documents: Documents = DOCUMENTS,
    change: pulumi.ResourceTransformation | None = None,
) -> Recorder:
    """Return what a deployment with these settings asks for, each resource with `change` made to it."""
    recorder = Recorder()
    record(recorder, settings.environment)
    with _changed_by(change):
        pulumi.runtime.test(lambda: compose(settings, documents, artifacts))()  # type: ignore[no-untyped-call]  # Pulumi's own decorator
    return recorder
