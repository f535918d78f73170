"""The real job as a batch: the very description that is deployed, with files on this disk instead of in a bucket."""

import json
from collections.abc import Mapping
from pathlib import Path

from infra.artifacts import Artifacts
from infra.components.dataproc import DataprocArgs, Known, batch
from infra.components.place import Place
from tests.unit.infra_cloud.deployment import stack_settings

BUCKET = "archives"


def local_batch(artifacts: Artifacts, environment: Mapping[str, str], packages: bool, **properties: str) -> str:
    """Return the batch of dev's stack as JSON, its settings those of a local stack.

    Without `packages` those of this interpreter are used instead of the archive of them. `properties` change Spark's.
    """
    settings = stack_settings("dev").stream
    place = Place("local-fraud", "europe-west1", "dev", protected=False)
    args = DataprocArgs(place, artifacts.job, BUCKET, "checkpoints", "subnet", settings, environment)
    described = json.dumps(batch(args, Known(BUCKET, "checkpoints", "subnet", "stream@x", environment)))
    for file in artifacts.job.all:
        described = described.replace(f"gs://{BUCKET}/{file.object}", Path(file.path).as_uri())
    document = json.loads(described)
    document["runtime_config"]["properties"].update({"spark.log.level": "WARN", **properties})
    if not packages:
        document["pyspark_batch"]["archive_uris"] = []
    return json.dumps(document)
