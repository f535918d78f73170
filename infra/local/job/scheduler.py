"""Cloud Scheduler's part: calls stream_supervisor by the clock."""

import sys
from collections.abc import Mapping

from infra.local.errors import ComponentError
from infra.local.job.dataproc import JOB, Dataproc
from infra.local.job.folder import BatchFolder
from infra.local.job.log import JobLog
from infra.local.job.stream_supervisor import StreamSupervisor
from infra.local.machine.ports import LOOPBACK
from infra.local.machine.process import Command, tail
from infra.local.machine.workspace import Workspace
from infra.local.servers.component import Component
from infra.local.settings import Settings


class Scheduler(Component):
    """Begins when all that the job needs is there; ready once the job reads, which the first call starts."""

    name = "scheduler"
    needs = ("kafka", "redis", "pubsub", "firestore", "bigquery", "stream_supervisor")
    patience = 1.0
    ready_within = 240.0

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self._job = JobLog(workspace.log(JOB))
        self._batches = BatchFolder(workspace.data(Dataproc.name))
        self._failed_before = self._batches.failed()
        self._is_started = False

    def environment(self) -> dict[str, str]:
        """Nobody calls it."""
        return {}

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return the program that calls."""
        del environment
        url = f"http://{LOOPBACK}:{self.workspace.ports.remembered(StreamSupervisor.name)}/"
        seconds = str(self.settings.supervision_seconds)
        return Command([sys.executable, "-m", "infra.local.job.scheduled_calls", seconds, url])

    def greet(self) -> None:
        """Look for the job's word that it reads, once; raises LookupError before that, ComponentError if it fails."""
        if self._is_started:
            return
        if self._batches.failed() - self._failed_before:
            log = self.workspace.log(JOB)
            raise ComponentError(f"the job has failed; the end of {log}:\n{tail(log)}")
        self._job.require_start()
        self._is_started = True
