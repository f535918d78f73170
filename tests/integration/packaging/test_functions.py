"""Each function's archive, unpacked into an environment with nothing but its own requirements, starts and answers."""

import os
import subprocess
import sys
import zipfile
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest

from infra.artifacts import prepare
from infra.local.machine.ports import LOOPBACK, PortBook
from infra.policy.inventory import of_kind
from infra.rehearsal.program import KEYS
from infra.services import Service, deployable
from tests.integration.local.waiting import wait_until
from tests.unit.infra_cloud.deployment import inventory

ALWAYS = "manual_review"
SECRETS = {
    "REDIS_URL": "redis://127.0.0.1:1",
    "PII_HMAC_KEYS": KEYS.get_secret_value(),
    "KAFKA_SASL_PASSWORD": "none",
    "ALERT_CHANNELS": "[]",
    "ALERT_CHANNEL_SECRETS": "{}",
}
NOWHERE = {"FIRESTORE_EMULATOR_HOST": f"{LOOPBACK}:1", "BIGQUERY_EMULATOR_HOST": f"http://{LOOPBACK}:1"}
"""Clients are made without credentials, and reach nothing."""


def deployed_environment(service: Service) -> dict[str, str]:
    """Return the variables that the deployment gives a function, with secrets that open nothing."""
    [function] = [one for one in of_kind(inventory("dev"), "cloudfunctionsv2.Function") if one.name == service.name]
    plain = function.get("serviceConfig.environmentVariables")
    assert isinstance(plain, dict)
    return {name: str(text) for name, text in plain.items()} | {name: SECRETS[name] for name in service.secrets}


def installed(service: Service, folder: Path) -> Path:
    """Unpack the archive, install its requirements alone, and return the interpreter."""
    archive = prepare((service,), folder / "build").functions[service]
    with zipfile.ZipFile(archive.path) as content:
        content.extractall(folder / "source")
    python, requirements = folder / "clean" / "bin" / "python", folder / "source" / "requirements.txt"
    for arguments in (
        ["venv", "--quiet", "--python", sys.executable, str(folder / "clean")],
        ["pip", "install", "--quiet", "--require-hashes", "--python", str(python), "-r", str(requirements)],
    ):
        subprocess.run([sys.executable, "-m", "uv", *arguments], check=True, timeout=500)  # noqa: S603  no shell
    return python


def answers(port: int) -> bool:
    """Tell whether the function says that it lives."""
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


@pytest.mark.parametrize("service", deployable(), ids=lambda service: service.name)
@pytest.mark.timeout(900)
def test_a_function_runs_on_its_archive_alone(service: Service, tmp_path: Path) -> None:
    if service.name != ALWAYS and not os.environ.get("FULL_PACKAGING"):
        pytest.skip("set FULL_PACKAGING=1: installs an environment for each function")
    python = installed(service, tmp_path)
    port = PortBook(tmp_path / "ports.json").port(service.name)
    framework = [str(python), "-m", "functions_framework", "--target", service.entry_point, "--host", LOOPBACK]
    process = subprocess.Popen(  # noqa: S603  the framework, no shell
        [*framework, "--port", str(port)],
        cwd=tmp_path / "source",
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **deployed_environment(service), **NOWHERE},
    )
    try:
        wait_until(lambda: process.poll() is not None or answers(port), limit=180)
        assert process.poll() is None, f"{service.name} ended with status {process.returncode}"
    finally:
        process.terminate()
        process.wait(20)
