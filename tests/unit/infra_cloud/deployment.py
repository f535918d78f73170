"""What each stack's file deploys."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from infra.artifacts import Artifacts, prepare
from infra.config import StackSettings
from infra.policy.inventory import Resource
from infra.rehearsal.graph import Graph
from infra.rehearsal.program import Recorder, declare
from infra.services import CATALOGUE
from infra.stack_file import read, settings_of


def stack_document(stack: str) -> dict[str, object]:
    """Return the settings a stack's file holds."""
    settings: dict[str, object] = read(stack)["config"]["payment-fraud:stack"]
    return settings


def stack_settings(stack: str) -> StackSettings:
    """Return a stack's settings, checked."""
    return settings_of(read(stack))


@cache
def _deployed(stack: str) -> Recorder:
    return declare(stack_settings(stack), artifacts())


@cache
def inventory(stack: str) -> tuple[Resource, ...]:
    """Return what a stack's file deploys."""
    return tuple(_deployed(stack).resources)


def graph(stack: str) -> Graph:
    """Return what waits for what in what a stack's file deploys."""
    return _deployed(stack).graph


@cache
def artifacts() -> Artifacts:
    """Pack every service there is to be, whether or not its code has come yet."""
    return prepare(CATALOGUE, Path(mkdtemp(prefix="fraud-archives-")))
