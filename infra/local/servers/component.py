"""What every server of the stack is able to do, and how one is waited for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from threading import Event
from typing import ClassVar

from tenacity import (
    Retrying,
    retry_if_not_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_when_event_set,
    wait_fixed,
)

from infra.local.errors import ComponentError, StackError
from infra.local.machine.process import Child, Command, Launcher
from infra.local.machine.workspace import Workspace
from infra.local.settings import Settings


class Steps:
    """What a component may do besides running; each step may be left out, and may be repeated."""

    def require(self) -> None:
        """Raise MissingPrerequisiteError if the machine lacks something that cannot be installed from here."""

    def prepare(self, launcher: Launcher) -> None:
        """Install and lay out what a start needs; does nothing the second time."""

    def furnish(self, environment: Mapping[str, str], launcher: Launcher) -> None:
        """Create what its users expect to find, once it answers."""

    def save(self) -> None:
        """Put by, just before a wanted stop, what would otherwise be lost."""

    def processes(self) -> dict[str, int]:
        """Return the ids of the processes that it runs under names of their own; of these there may be none."""
        return {}


class Component(Steps, ABC):
    """One server: a module and a subclass each, listed in `infra.local.stack.catalogue`.

    `needs` names the components that must be ready first; `reaches` those whose addresses it is told, though they may
    not be ready yet. Both end after it. `patience` is the time in seconds it gets to end after
    SIGTERM; `ready_within` the time in seconds it gets to answer.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    reaches: ClassVar[tuple[str, ...]] = ()
    patience: ClassVar[float] = 4.0
    ready_within: ClassVar[float] = 60.0

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self.workspace = workspace
        self.settings = settings

    @abstractmethod
    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the program to run, given the addresses of the components it needs."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the variables by which others reach it."""

    @abstractmethod
    def greet(self) -> None:
        """Perform a real first call, as its users will; raises anything while it is not ready. May be repeated."""


def await_ready(component: Component, child: Child, cancelled: Event) -> None:
    """Wait until the component's first call succeeds.

    Raises ComponentError if its program ends, if it has not answered within its time, or if `cancelled` is set.
    """
    retrying = Retrying(
        stop=stop_after_delay(component.ready_within) | stop_when_event_set(cancelled),
        wait=wait_fixed(0.05),
        sleep=sleep_using_event(cancelled),
        retry=retry_if_not_exception_type(StackError),
        reraise=True,
    )
    try:
        retrying(_greet_if_running, component, child)
    except StackError:
        raise
    except Exception as error:
        reason = "the stack is stopping" if cancelled.is_set() else f"no answer after {component.ready_within:.0f} s"
        raise ComponentError(f"{reason}: {error}") from error


def _greet_if_running(component: Component, child: Child) -> None:
    child.check_running()
    component.greet()
