"""The deployed job's own archives under spark-submit, kept alive by the supervisor through kill -9 and new code."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from infra.artifacts import fetch, prepare
from infra.local import hmac_keys
from infra.local.job.batches import Batches
from infra.local.job.submission import submission
from infra.local.machine.workspace import REPOSITORY
from infra.local.stack.local_stack import LocalStack
from tests.integration.local.waiting import wait_until
from tests.integration.stream_supervisor.conftest import System
from tests.integration.stream_supervisor.job import local_batch

pytestmark = pytest.mark.skipif(not os.environ.get("FULL_PACKAGING"), reason="set FULL_PACKAGING=1: takes minutes")
STORES = ("kafka", "redis", "pubsub", "bigquery", "firestore")
SIZE = {"spark.driver.memory": "2g"}
"""That of a laptop."""
LIMIT_S = 400
POSITIONS = """
    select count(*) as positions, count(distinct concat(kafka_partition, '-', kafka_offset)) as distinct_positions
    from pii_masking_audit
"""


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[LocalStack]:
    """What the job reads and writes: a checkpoint of a test's own needs a topic and tables of its own."""
    with LocalStack(tmp_path / "stores", STORES) as stack:
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


def await_positions(system: System, supervisor: FlaskClient, environment: dict[str, str], number: int) -> None:
    """Call as the scheduler does until the audit holds so many positions, each once."""
    system.keep_calling(supervisor, lambda: positions(environment) == (number, number), LIMIT_S, every=2)


@pytest.mark.timeout(1500)
def test_the_job_survives_a_kill_and_new_code_without_loss_or_repeat(
    system: System, environment: dict[str, str]
) -> None:
    artifacts = prepare((), system.folder / "build")
    supervisor = system.deploy_batch(local_batch(artifacts, environment, packages=False, **SIZE))
    send(environment, seed=1)
    await_positions(system, supervisor, environment, 300)
    send(environment, seed=2)
    system.dataproc.kill()
    await_positions(system, supervisor, environment, 600)
    send(environment, seed=3)
    changed = local_batch(artifacts, environment, packages=False, **SIZE, **{"spark.app.name": "changed"})
    supervisor = system.deploy_batch(changed)
    await_positions(system, supervisor, environment, 900)
    wait_until(lambda: system.dataproc.states() == ["FAILED", "SUCCEEDED", "RUNNING"])
    assert system.dataproc.overlaps() == []


@pytest.mark.timeout(1800)
def test_the_job_runs_on_its_own_packages_alone(system: System, environment: dict[str, str]) -> None:
    venv.create(system.folder / "bare", with_pip=False)
    python = str(system.folder / "bare" / "bin" / "python")
    artifacts = prepare((), system.folder / "build")
    fetch(artifacts.job, f"{sys.version_info.major}.{sys.version_info.minor}")
    bare = {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python}
    for module in ("fraud", "fraud_stream", "pyarrow", "pyspark"):
        knows = subprocess.run([python, "-I", "-c", f"import {module}"], capture_output=True, text=True, check=False)  # noqa: S603  no shell
        assert f"No module named '{module}'" in knows.stderr
    supervisor = system.deploy_batch(local_batch(artifacts, {**environment, **bare}, packages=True, **SIZE))
    send(environment, seed=4)
    await_positions(system, supervisor, environment, 300)
