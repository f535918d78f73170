"""The program as Pulumi's language host runs it: the folder, by its path, in a process of its own."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from infra.rehearsal.program import KEYS
from tests.unit.infra_cloud.deployment import stack_document

REPOSITORY = Path(__file__).parents[3]
HOST = """
import json, runpy, sys
import pulumi
from infra import artifacts
from infra.rehearsal.program import Recorder

recorder = Recorder()
pulumi.runtime.set_mocks(recorder, project="payment-fraud", stack="dev")
pulumi.runtime.set_all_config(json.loads(sys.stdin.read()))
artifacts.fetch = lambda job: None  # downloads
pulumi.runtime.test(lambda: runpy.run_path("infra", run_name="__main__"))()
print(json.dumps([resource.kind for resource in recorder.resources]))
"""


def run(config: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", HOST]
    given = json.dumps({f"payment-fraud:{name}": value for name, value in config.items()})
    return subprocess.run(  # noqa: S603  this interpreter, no shell
        command, cwd=REPOSITORY, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def test_no_module_stands_before_a_library_of_its_name() -> None:
    # Pulumi runs the folder `infra` by its path, which is then the first place that imports look
    folder = REPOSITORY / "infra"
    ours = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert len(ours) > 20
    assert ours & {*sys.stdlib_module_names, *packages_distributions()} <= {"infra"}


def test_the_program_declares_a_deployment() -> None:
    done = run({"stack": json.dumps(stack_document("dev")), "pii_hmac_keys": KEYS.get_secret_value()})
    assert done.returncode == 0, done.stderr
    assert {"redis.Instance", "index.KafkaCluster", "bigquery.Table"} <= set(json.loads(done.stdout.splitlines()[-1]))


def test_a_bad_setting_stops_it_before_any_resource_is_made() -> None:
    document = stack_document("dev")
    document["stream"] = {"ttl_hours": 360}
    done = run({"stack": json.dumps(document), "pii_hmac_keys": KEYS.get_secret_value()})
    assert done.returncode != 0
    assert "stream.ttl_hours" in done.stderr
    assert "[" not in done.stdout
