"""Cloud Scheduler's part: calls stream_supervisor by the clock."""

import sys
from collections.abc import Mapping

from infra.local.batch_folder import BatchFolder
from infra.local.component import Component
from infra.local.dataproc import JOB, Dataproc
from infra.local.errors import ComponentError
from infra.local.job_log import JobLog
from infra.local.ports import LOOPBACK
from infra.local.process import Command, tail
from infra.local.settings import Settings
from infra.local.stream_supervisor import StreamSupervisor
from infra.local.workspace import Workspace


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
        return Command([sys.executable, "-m", "infra.local.scheduled_calls", seconds, url])

    def greet(self) -> None:
        """Look for the job's word that it reads, once; raises LookupError before that, ComponentError if it fails."""
        if self._is_started:
            return
        if self._batches.failed() - self._failed_before:
            log = self.workspace.log(JOB)
            raise ComponentError(f"the job has failed; the end of {log}:\n{tail(log)}")
        self._job.require_start()
        self._is_started = True
