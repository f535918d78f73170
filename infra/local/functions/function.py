"""A function under functions-framework, as Cloud Run functions start it; each one is a process of its own."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection
from typing import ClassVar

from infra.local.errors import ComponentError
from infra.local.machine.ports import LOOPBACK, check_listening
from infra.local.machine.process import Command, Launcher
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.servers.component import Component
from infra.local.servers.subscriptions import provide_push, push_subscriptions, subscriber
from infra.local.settings import Settings

_CALL_LIMIT_S = 10.0
_FUNCTIONS = REPOSITORY / "functions"


class Function(Component):
    """`functions/<name>/main.py`, whose function is called `<name>` too; `address` is the variable with its base URL.

    `asgi` serves it by an event loop instead of threads.
    """

    needs: ClassVar[tuple[str, ...]] = ("redis", "pubsub", "firestore")
    address: ClassVar[str | None] = None
    asgi: ClassVar[bool] = False
    threads: ClassVar[int] = 16
    patience = 4.0

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port(self.name)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the base URL, where others call the function."""
        return {self.address: self.url} if self.address else {}

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the framework with the function; paths and settings as in the cloud."""
        framework = [sys.executable, "-m", "functions_framework"]
        options = {
            "--target": self.name,
            "--source": str(_FUNCTIONS / self.name / "main.py"),
            "--host": LOOPBACK,
            "--port": str(self.port),
        }
        flags = [text for option in options.items() for text in option] + (["--asgi"] if self.asgi else [])
        python = {"PYTHONPATH": str(_FUNCTIONS), "THREADS": str(self.threads)}
        return Command([*framework, *flags], {**environment, **python, **self.secrets()})

    def secrets(self) -> dict[str, str]:
        """Return the variables that only this function gets."""
        return {}

    def greet(self) -> None:
        """Ask the function whether it and all it needs are ready."""
        check_listening(self.port)
        connection = HTTPConnection(LOOPBACK, self.port, timeout=_CALL_LIMIT_S)
        try:
            connection.request("GET", "/readyz")
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != HTTPStatus.OK:
            raise ConnectionError(f"/readyz answers {status}")

    def furnish(self, environment: Mapping[str, str], launcher: Launcher) -> None:
        """Point its push subscriptions at it."""
        del launcher
        wanted = [one for one in push_subscriptions(self.settings) if one.function == self.name]
        if not wanted:
            return
        if "PUBSUB_EMULATOR_HOST" not in environment:
            raise ComponentError(f"{self.name} is pushed to by Pub/Sub, which it does not need")
        with subscriber(environment["PUBSUB_EMULATOR_HOST"]) as client:
            for subscription in wanted:
                provide_push(client, self.settings.project, subscription.pushed, self.port)
