import subprocess
from pathlib import Path

import pytest

from infra.client_config import configuration
from simulator.settings import load_gateway_settings, load_kafka_settings

OUTPUTS: dict[str, object] = {
    "kafka_bootstrap_servers": "pkc-1.europe-west1.gcp.confluent.cloud:9092",
    "kafka_producer_username": "KEY",
    "kafka_producer_secret": "projects/1/secrets/kafka-producer-password/versions/1",
    "urls": {"authorize_payment": "https://authorize-payment.a.run.app"},
}
AWKWARD = "a'b\"c\\d$e f"


def test_a_shell_and_the_simulator_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "env"
    file.write_text(configuration(OUTPUTS, AWKWARD))
    command = ["/bin/sh", "-c", "set -a; . ./env; env -0"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=True)  # noqa: S603  no input
    for pair in done.stdout.split("\0"):
        name, _, value = pair.partition("=")
        if name.startswith(("KAFKA_", "AUTHORIZE_")):
            monkeypatch.setenv(name, value)
    assert load_kafka_settings().client_options() == {
        "bootstrap.servers": "pkc-1.europe-west1.gcp.confluent.cloud:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "KEY",
        "sasl.password": AWKWARD,
    }
    assert load_gateway_settings().authorize_url == "https://authorize-payment.a.run.app"


@pytest.mark.parametrize("missing", sorted(OUTPUTS))
def test_what_a_stack_does_not_tell_is_named(missing: str) -> None:
    with pytest.raises(ValueError, match=f"the stack has no {missing}"):
        configuration({name: value for name, value in OUTPUTS.items() if name != missing}, "x")
