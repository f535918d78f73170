"""stream_supervisor: the function that keeps one batch of the streaming job alive, given this machine's batch."""

import json
import shutil
from collections.abc import Mapping
from typing import ClassVar

from infra.artifacts import JobFiles, prepare
from infra.job_batch import environment_properties, pyspark_batch, spark_properties
from infra.local import hmac_keys
from infra.local.functions.function import Function
from infra.local.job.spark import DRIVER_MEMORY, job_environment
from infra.local.machine import jars
from infra.local.machine.process import Command, Launcher

_TTL = "1209600s"  # Dataproc's longest
_ADDRESSES = (
    "GOOGLE_CLOUD_PROJECT",
    "KAFKA_BOOTSTRAP_SERVERS",
    "REDIS_URL",
    "PUBSUB_EMULATOR_HOST",
    "FIRESTORE_EMULATOR_HOST",
    "BIGQUERY_EMULATOR_HOST",
    "BIGQUERY_STORAGE_GRPC_ENDPOINT",
)
"""What the job needs to know of the stack; were it told what else has come up by now, a restart were another batch."""

_PATIENT = {"FIRST_DELAY_SECONDS": "1", "FAILURE_WINDOW_MINUTES": "2"}
"""Delays of a laptop's: who kills the job to see it healed does not wait for half a minute, nor is held for an hour."""


class StreamSupervisor(Function):
    """Called by the stack's scheduler; gives the batch the addresses of what it will need."""

    name = "stream_supervisor"
    needs: ClassVar[tuple[str, ...]] = ("dataproc",)
    reaches: ClassVar[tuple[str, ...]] = ("kafka", "redis", "pubsub", "firestore", "bigquery")
    threads: ClassVar[int] = 2

    def prepare(self, launcher: Launcher) -> None:
        """Fetch the Kafka connector, and make the keys on the first start."""
        del launcher
        jars.install("spark-kafka", self.settings.cache)
        hmac_keys.provide(self.workspace.hmac_keys_file)

    def command(self, environment: Mapping[str, str]) -> Command:
        """Pack the job as a deployment does, and return the function with the batch to submit."""
        build = self.workspace.data(self.name) / "build"
        shutil.rmtree(build, ignore_errors=True)
        addresses = {name: environment[name] for name in _ADDRESSES}
        own = {
            "DATAPROC_REGION": "local",
            "STREAM_BATCH": batch(prepare((), build).job, job_environment(addresses, self.workspace)),
            "CHECKPOINT_LOCATION": str(self.workspace.checkpoint),
            **_PATIENT,
        }
        return super().command({**environment, **own})


def batch(job: JobFiles, environment: Mapping[str, str]) -> str:
    """Return the batch as JSON of Dataproc's API; `environment` holds the job's settings.

    The archive of packages is left out: this interpreter has them, from the same lock.
    """
    properties = {
        **spark_properties(),
        "spark.driver.memory": DRIVER_MEMORY,
        **environment_properties(job, environment),
    }
    described = {
        "pyspark_batch": {**pyspark_batch(job, lambda file: file.path.as_uri()), "archive_uris": []},
        "runtime_config": {"properties": properties},
        "environment_config": {"execution_config": {"ttl": _TTL}},
    }
    return json.dumps(described, sort_keys=True)
