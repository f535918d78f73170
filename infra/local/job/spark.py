"""Spark without its supervisor: the streaming job from the source tree; the driver's virtual machine is the process.

For whoever wants the job alone (`make up` and `make run` start it through `stream_supervisor`).
"""

import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from infra.local import hmac_keys
from infra.local.job.laptop import MASTER, PROPERTIES
from infra.local.job.log import JobLog
from infra.local.machine import jars
from infra.local.machine.ports import LOOPBACK
from infra.local.machine.prerequisites import find_java
from infra.local.machine.process import Command, Launcher
from infra.local.machine.workspace import REPOSITORY, Workspace
from infra.local.servers.bigquery import DATASET
from infra.local.servers.component import Component
from infra.local.settings import Settings

_JOBS = REPOSITORY / "dataproc_jobs"

DRIVER_MEMORY = "2g"
"""Heap of the one virtual machine that is driver and executor here: blocks of batches of 100,000 rows fill over 1 GB,
Spark's default, between two collections."""


class Spark(Component):
    """The job, on two threads; its checkpoint survives restarts."""

    name = "spark"
    needs = ("kafka", "redis", "pubsub", "firestore", "bigquery")
    patience = 4.0
    ready_within = 240.0

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self._log = JobLog(workspace.log(self.name))
        self._scratch = workspace.data(self.name) / "scratch"

    def environment(self) -> dict[str, str]:
        """Nobody calls the job."""
        return {}

    def require(self) -> None:
        """Raise MissingPrerequisiteError without Java."""
        find_java(self.settings)

    def prepare(self, launcher: Launcher) -> None:
        """Fetch the Kafka connector, make the keys on the first start, and clear what a killed job left behind."""
        del launcher
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        jars.install("spark-kafka", self.settings.cache)
        hmac_keys.provide(self.workspace.hmac_keys_file)

    def command(self, environment: Mapping[str, str]) -> Command:
        """Return spark-submit, which becomes the driver's virtual machine."""
        connector = ",".join(map(str, jars.install("spark-kafka", self.settings.cache)))
        options = {
            "--master": MASTER,
            "--driver-memory": DRIVER_MEMORY,
            "--properties-file": str(_JOBS / "spark.properties"),
            "--jars": connector,
        }
        flags = [text for option in options.items() for text in option]
        flags += [text for name, value in PROPERTIES.items() for text in ("--conf", f"{name}={value}")]
        submit = str(Path(sysconfig.get_path("scripts"), "spark-submit"))
        return Command([submit, *flags, str(_JOBS / "detect_fraud.py")], self._environ(environment))

    def greet(self) -> None:
        """Look for the job's word in its log that the stream is reading; raises LookupError before that."""
        self._log.require_start()

    def _environ(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            **job_environment(environment, self.workspace),
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "PYTHONPATH": f"{REPOSITORY / 'functions'}:{_JOBS}",
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_LOCAL_DIRS": str(self._scratch),
            "SPARK_SUBMIT_OPTS": f"-Djava.io.tmpdir={self._scratch}",
        }


def job_environment(environment: Mapping[str, str], workspace: Workspace) -> dict[str, str]:
    """Return the job's settings, given the addresses of what it needs."""
    return {
        **environment,
        "BIGQUERY_DATASET": DATASET,
        "CHECKPOINT_LOCATION": str(workspace.checkpoint),
        "MODEL_LOCATION": str(workspace.home / "classifier"),
        "PII_HMAC_KEYS_FILE": str(workspace.hmac_keys_file),
    }
