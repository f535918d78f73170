import json
from pathlib import Path

from google.cloud.dataproc_v1 import Batch

from infra.artifacts import prepare
from infra.local.job.stream_supervisor import StreamSupervisor, batch
from infra.local.job.submission import local_path, submission
from infra.local.machine.workspace import Workspace
from infra.local.settings import Settings


def test_this_machines_batch_runs_the_packaged_job_with_its_settings(tmp_path: Path) -> None:
    described = Batch.from_json(batch(prepare((), tmp_path).job, {"BIGQUERY_DATASET": "payments"}))
    command = submission(described, tmp_path)
    [packages] = described.pyspark_batch.python_file_uris
    assert local_path(packages).parent == tmp_path / "dataproc"
    assert command.environment["BIGQUERY_DATASET"] == "payments"
    assert local_path(packages).name in command.environment["PYTHONPATH"]
    assert "spark.driver.memory=2g" in command.arguments
    assert "spark.sql.shuffle.partitions=2" in command.arguments
    assert command.arguments[-1] == str(tmp_path / local_path(described.pyspark_batch.main_python_file_uri).name)


def test_changed_settings_are_another_batch_and_unchanged_ones_are_not(tmp_path: Path) -> None:
    job = prepare((), tmp_path).job
    first, again, other = (batch(job, {"PII_HMAC_KEYS_FILE": file}) for file in ("/a", "/a", "/b"))
    assert first == again
    assert json.loads(first) != json.loads(other)


def test_a_restart_of_the_supervisor_leaves_the_batch_alone(tmp_path: Path) -> None:
    supervisor = StreamSupervisor(Workspace(tmp_path), Settings())
    names = "GOOGLE_CLOUD_PROJECT KAFKA_BOOTSTRAP_SERVERS REDIS_URL PUBSUB_EMULATOR_HOST FIRESTORE_EMULATOR_HOST"
    names += " BIGQUERY_EMULATOR_HOST BIGQUERY_STORAGE_GRPC_ENDPOINT"
    needed = dict.fromkeys(names.split(), "there")
    first = supervisor.command(needed).environment["STREAM_BATCH"]
    again = supervisor.command({**needed, "DASHBOARD_URL": "up by now"}).environment["STREAM_BATCH"]
    moved = supervisor.command({**needed, "REDIS_URL": "elsewhere"}).environment["STREAM_BATCH"]
    assert first == again != moved
