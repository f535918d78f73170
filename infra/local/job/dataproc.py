"""Dataproc: its stand-in as a part of the stack; the job's driver runs below it, as `spark`."""

import sys
from collections.abc import Mapping

from infra.local.job.folder import BatchFolder
from infra.local.machine.ports import LOOPBACK, check_listening
from infra.local.machine.prerequisites import find_java
from infra.local.machine.process import Command
from infra.local.machine.workspace import Workspace
from infra.local.servers.component import Component
from infra.local.settings import Settings

JOB = "spark"
"""The name of the driver's process, and of the log with what batches print."""


class Dataproc(Component):
    """Ends before what its batches use."""

    name = "dataproc"
    reaches = ("kafka", "redis", "pubsub", "bigquery")
    patience = 8.0

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port(self.name)

    def require(self) -> None:
        """Raise MissingPrerequisiteError without Java."""
        find_java(self.settings)

    def environment(self) -> dict[str, str]:
        """Return the variable by which the supervisor finds it instead of Google's."""
        return {"DATAPROC_EMULATOR_HOST": f"{LOOPBACK}:{self.port}"}

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the stand-in; a batch brings its own settings."""
        del environment
        folder, log = self.workspace.data(self.name), self.workspace.log(JOB)
        return Command([sys.executable, "-m", "infra.local.job.server", str(self.port), str(folder), str(log)])

    def greet(self) -> None:
        """Connect."""
        check_listening(self.port)

    def processes(self) -> dict[str, int]:
        """Return the driver of the batch that runs."""
        pid = BatchFolder(self.workspace.data(self.name)).process()
        return {} if pid is None else {JOB: pid}
