"""The deployed job's own archives under spark-submit, kept alive by the supervisor through kill -9 and new code."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from infra.artifacts import fetch, prepare
from infra.local import hmac_keys
from infra.local.dataproc_batches import Batches
from infra.local.spark_batch import submission
from infra.local.stack import LocalStack
from infra.local.workspace import REPOSITORY
from tests.integration.local.waiting import wait_until
from tests.integration.stream_supervisor.conftest import System
from tests.integration.stream_supervisor.job import local_batch

pytestmark = pytest.mark.skipif(not os.environ.get("FULL_PACKAGING"), reason="set FULL_PACKAGING=1: takes minutes")
STORES = ("kafka", "redis", "pubsub", "bigquery", "firestore")
POSITIONS = """
    select count(*) as positions, count(distinct concat(kafka_partition, '-', kafka_offset)) as distinct_positions
    from pii_masking_audit
"""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """What the job reads and writes, of this test alone."""
    with LocalStack(tmp_path_factory.mktemp("job"), STORES) as stack:
        yield stack


@pytest.fixture
def environment(stores: LocalStack, system: System) -> dict[str, str]:
    """The job's settings."""
    keys = system.folder / "keys.json"
    hmac_keys.provide(keys)
    system.dataproc.batches = Batches(
        system.folder / "jobs", system.folder / "spark.log", system.dataproc.launcher, submission
    )
    system.dataproc.stop()
    system.dataproc.start()
    return {
        **stores.environment,
        "CHECKPOINT_LOCATION": str(system.folder),
        "PII_HMAC_KEYS_FILE": str(keys),
        "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }


def positions(environment: dict[str, str]) -> tuple[int, int]:
    """Return how many Kafka positions stand in the audit, and how many of them differ."""
    project = environment["GOOGLE_CLOUD_PROJECT"]
    options = {"api_endpoint": environment["BIGQUERY_EMULATOR_HOST"]}
    client = bigquery.Client(project, AnonymousCredentials(), client_options=options)
    config = bigquery.QueryJobConfig(default_dataset=f"{project}.payment_data")
    [row] = client.query(POSITIONS, config).result()
    return row["positions"], row["distinct_positions"]


def send(environment: dict[str, str], seed: int) -> None:
    """Send 300 payments."""
    command = [sys.executable, "-m", "simulator", "--count", "300", "--no-pace", "--seed", str(seed)]
    subprocess.run(command, env=os.environ | environment, cwd=REPOSITORY, check=True, capture_output=True)  # noqa: S603  this interpreter, no shell


@pytest.mark.timeout(1500)
def test_the_job_survives_a_kill_and_new_code_without_loss_or_repeat(
    system: System, environment: dict[str, str]
) -> None:
    artifacts = prepare((), system.folder / "build")
    supervisor = system.deploy_batch(local_batch(artifacts, environment, packages=False))
    send(environment, seed=1)
    system.keep_calling(supervisor, lambda: positions(environment) == (300, 400), 400)
    send(environment, seed=2)
    system.dataproc.kill()
    system.keep_calling(supervisor, lambda: positions(environment) == (600, 600), 400)
    send(environment, seed=3)
    changed = local_batch(artifacts, environment, packages=False, **{"spark.app.name": "changed"})
    supervisor = system.deploy_batch(changed)
    system.keep_calling(supervisor, lambda: positions(environment) == (900, 900), 400)
    wait_until(lambda: system.dataproc.states() == ["FAILED", "SUCCEEDED", "RUNNING"])
    assert system.dataproc.overlaps() == []


@pytest.mark.timeout(1800)
def test_the_job_runs_on_its_own_packages_alone(
    system: System, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(system.folder / "bare", with_pip=False)
    python = str(system.folder / "bare" / "bin" / "python")
    artifacts = prepare((), system.folder / "build")
    fetch(artifacts.job, f"{sys.version_info.major}.{sys.version_info.minor}")
    bare = {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}
    supervisor = system.deploy_batch(local_batch(artifacts, {**environment, **bare}, packages=True))
    before = positions(environment)[0]
    send(environment, seed=4)
    system.keep_calling(supervisor, lambda: positions(environment)[0] >= before + 300, 400)
    assert "site-packages" not in (system.folder / "spark.log").read_text()
