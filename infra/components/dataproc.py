"""Dataproc Serverless: all a batch of the streaming job needs, and its description; never the batch itself.

A batch cannot be changed, its creation waits for its end, and a live one cannot be deleted: the supervisor owns
batches, and gets their description from here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.artifacts import JobFiles
from infra.components.component import Component
from infra.components.identity import Identity
from infra.components.place import Place
from infra.config import DRIVER_CORES, Stream
from infra.job_batch import environment_properties, pyspark_batch, spark_properties

_DATAPROCS_OWN = frozenset({"spark.ui.enabled", "spark.log.level"})


@dataclass(frozen=True)
class DataprocArgs:
    """`environment` holds the job's settings; secrets go by name, for what a batch is given can be read by many."""

    place: Place
    files: JobFiles
    archives: pulumi.Input[str]
    staging: pulumi.Input[str]
    subnet: pulumi.Input[str]
    settings: Stream
    environment: Mapping[str, pulumi.Input[str]]


class Dataproc(Component):
    """Uploads the job; `batch` is what the supervisor submits, as JSON of the API's Batch."""

    def __init__(
        self, name: str, args: DataprocArgs, identity: Identity, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Dataproc", name, args.place, opts)
        for file in args.files.all:
            gcp.storage.BucketObject(
                f"{name}-{file.path.name}",
                bucket=args.archives,
                name=file.object,
                source=pulumi.FileAsset(str(file.path)),
                # a batch that runs may still fetch what it was submitted with
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, protect=False),
            )
        self.batch: pulumi.Output[str] = pulumi.Output.all(
            args.archives, args.staging, args.subnet, identity.email, dict(args.environment)
        ).apply(lambda known: json.dumps(batch(args, Known(*known)), sort_keys=True))
        self.register_outputs({})


@dataclass(frozen=True)
class Known:
    """The values that only Google can tell."""

    archives: str
    staging: str
    subnet: str
    account: str
    environment: Mapping[str, str]


def batch(args: DataprocArgs, known: Known) -> dict[str, object]:
    """Return the batch to submit."""
    return {
        "labels": {**args.place.labels, "app": "detect-fraud"},
        "pyspark_batch": pyspark_batch(args.files, lambda file: f"gs://{known.archives}/{file.object}"),
        "runtime_config": {
            "version": args.settings.runtime_version,
            "properties": _properties(args, known),
        },
        "environment_config": {
            "execution_config": {
                "service_account": known.account,
                "subnetwork_uri": known.subnet,
                "staging_bucket": known.staging,
                "ttl": f"{args.settings.ttl_hours * 3600}s",
                "authentication_config": {"user_workload_authentication_type": "SERVICE_ACCOUNT"},
            }
        },
    }


def _properties(args: DataprocArgs, known: Known) -> dict[str, str]:
    """Return Spark's properties: those of the laptop that Dataproc does not set itself, the size, and the settings."""
    shared = {name: text for name, text in spark_properties().items() if name not in _DATAPROCS_OWN}
    return {**shared, **_size(args.settings), **environment_properties(args.files, known.environment)}


def _size(settings: Stream) -> dict[str, str]:
    return {
        # executors that come and go would move the state about, and autoscaling answers to a batch's backlog
        "spark.dynamicAllocation.enabled": "false",
        "spark.executor.instances": str(settings.executors),
        "spark.executor.cores": str(settings.executor_cores),
        "spark.driver.cores": str(DRIVER_CORES),
        "spark.driver.memory": f"{settings.driver_memory_mb}m",
        # each is 100 GiB a core unless told, which is paid for and counts against the region's quota
        "spark.dataproc.driver.disk.size": f"{settings.driver_disk_gb}g",
        "spark.dataproc.executor.disk.size": f"{settings.executor_disk_gb}g",
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
    }
