"""A set of components that runs: started side by side in the order of their needs, stopped in the reverse order."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from functools import partial
from pathlib import Path
from threading import Event, RLock
from time import monotonic
from types import TracebackType
from typing import Self

from infra.local.errors import ComponentError, StackError
from infra.local.machine.background import in_background
from infra.local.machine.process import Child, Launcher
from infra.local.machine.workspace import Workspace, write_whole
from infra.local.servers.component import Component, await_ready
from infra.local.settings import Settings
from infra.local.stack.catalogue import CATALOGUE, SERVICES, SOURCES
from infra.local.stack.draining import RECORDS, Unrecorded, drain


def ignore(name: str, seconds: float) -> None:
    """Take no notice of a component that became ready."""


class LocalStack:
    """The named components, with their data in the `.local` folder below `root`.

    A context manager starts and stops them. Without it, `start` may be called again with further names. `on_ready` is
    told each component's name and the seconds it took.
    """

    def __init__(
        self,
        root: Path,
        components: Iterable[str] = SERVICES,
        settings: Settings | None = None,
        on_ready: Callable[[str, float], None] = ignore,
    ) -> None:
        self.settings = settings or Settings()
        self.workspace = Workspace(root)
        self._wanted = tuple(components)
        self._on_ready = on_ready
        self._launcher = Launcher()
        self._components: dict[str, Component] = {}
        self._starts: dict[str, Future[None]] = {}
        self._children: dict[str, Child] = {}
        self._cancelled = Event()
        self._told = ""
        self._changes = RLock()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a program reaches what is ready."""
        addresses = {"GOOGLE_CLOUD_PROJECT": self.settings.project}
        for name in self._ready_names():
            addresses |= self._components[name].environment()
        return addresses

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each component that has been started, and of what a component runs under another name."""
        started = list(self._children.items())
        pids = {name: child.pid for name, child in started}
        for name, _ in started:
            pids |= self.component(name).processes()
        return pids

    def component(self, name: str) -> Component:
        """Return the component, which need not run; raises StackError if none has this name."""
        if name not in CATALOGUE:
            raise StackError(f"There is no component {name!r}: the stack has {', '.join(CATALOGUE)}.")
        with self._changes:
            if name not in self._components:
                self._components[name] = CATALOGUE[name](self.workspace, self.settings)
            return self._components[name]

    def start(self, *names: str) -> None:
        """Start components and what they need, and return when all are ready; those that run stay as they are.

        Without names, start those given at construction. Raises StackError for the first that fails; the others go on
        until `stop`.
        """
        wanted = self._with_needs(names or self._wanted)
        for name in wanted:
            self.component(name).require()
        starts = [self._start(name) for name in wanted]
        done, _ = wait(starts, return_when=FIRST_EXCEPTION)
        for start in done:
            start.result()
        self.tell_pids()
        self._write_environment()

    def stop(self) -> None:
        """End every component, each before what it needs; its data stays. May be called at any time, and again.

        What raises alerts ends first, and the rest once the functions have the alerts that are under way.
        """
        with self._changes:
            self._cancelled.set()
        started = list(reversed(self._with_needs(self._children)))
        stops: dict[str, Future[None]] = {}
        for name in [name for name in started if name in SOURCES]:
            self._begin_to_stop(name, stops)
        wait(stops.values())
        self._drain()
        for name in [name for name in started if name not in stops]:
            self._begin_to_stop(name, stops)
        wait(stops.values())
        self._launcher.close()
        self.workspace.forget_addresses()

    def ended(self) -> list[str]:
        """Return the components that were ready and whose program has ended, though nobody stopped the stack."""
        if self._cancelled.is_set():
            return []
        return [name for name in self._ready_names() if self._children[name].exit_code is not None]

    def restart(self, name: str) -> None:
        """Start a component anew, its address and data unchanged, and return when it is ready; raises StackError."""
        self._children[name].stop(self.component(name).patience)
        self._launch(name)

    def tell_pids(self) -> None:
        """Write what runs, where it has changed."""
        with self._changes:
            text = "".join(f"{name} {pid}\n" for name, pid in self.pids.items())
            if not self._cancelled.is_set() and text != self._told:
                write_whole(self.workspace.pids_file, text)
                self._told = text

    def _ready_names(self) -> list[str]:
        return [name for name, start in list(self._starts.items()) if start.done() and not start.exception()]

    def _with_needs(self, names: Iterable[str]) -> list[str]:
        ordered: dict[str, None] = {}
        for name in names:
            component = self.component(name)
            ordered |= dict.fromkeys([*self._with_needs(component.needs + component.reaches), name])
        return list(ordered)

    def _start(self, name: str) -> Future[None]:
        if name not in self._starts:
            self._starts[name] = in_background(partial(self._bring_up, name))
        return self._starts[name]

    def _bring_up(self, name: str) -> None:
        component, began = self.component(name), monotonic()
        component.prepare(self._launcher)
        for need in component.needs:
            self._starts[need].result()
        self._launch(name)
        self._on_ready(name, monotonic() - began)

    def _launch(self, name: str) -> None:
        component = self.component(name)
        try:
            child = self._spawn(component)
            await_ready(component, child, self._cancelled)
            component.furnish(self.environment | component.environment(), self._launcher)
        except ComponentError as error:
            raise ComponentError(f"{name} does not work: {error}") from error

    def _spawn(self, component: Component) -> Child:
        with self._changes:
            if self._cancelled.is_set():
                raise ComponentError("the stack is stopping.")
            command = component.command(self.environment | self._reached(component))
            log, data = self.workspace.log(component.name), self.workspace.data(component.name)
            child = self._children[component.name] = self._launcher.spawn(command, log, data)
            self.tell_pids()
            return child

    def _reached(self, component: Component) -> dict[str, str]:
        addresses: dict[str, str] = {}
        for name in component.reaches:
            addresses |= self.component(name).environment()
        return addresses

    def _begin_to_stop(self, name: str, stops: dict[str, Future[None]]) -> None:
        users = [stops[user] for user in stops if name in CATALOGUE[user].needs + CATALOGUE[user].reaches]
        stops[name] = in_background(partial(self._stop, name, users))

    def _drain(self) -> None:
        """Wait for alerts under way, where every part of their way runs."""
        alive = {name for name, child in self._children.items() if child.exit_code is None}
        functions = [name for name in RECORDS if name in alive]
        if functions and {"pubsub", "redis", "firestore"} <= alive:
            drain(Unrecorded(self.environment, functions))

    def _stop(self, name: str, users: Iterable[Future[None]]) -> None:
        wait(users)
        component, child = self.component(name), self._children[name]
        if child.exit_code is None:
            self._save(component)
        child.stop(component.patience)

    def _save(self, component: Component) -> None:
        try:
            component.save()
        except (OSError, StackError) as error:
            with self.workspace.log(component.name).open("a") as log:
                log.write(f"Not saved at the end: {error}\n")

    def _write_environment(self) -> None:
        lines = [f"{name}={value}\n" for name, value in self.environment.items()]
        write_whole(self.workspace.environment_file, "".join(lines))
