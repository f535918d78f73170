from pathlib import Path

import pytest

from simulator.errors import SettingsError
from simulator.settings import load_kafka_settings

SASL = {
    "KAFKA_BOOTSTRAP_SERVERS": "broker:9092",
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_USERNAME": "user",
    "KAFKA_SASL_PASSWORD": "secret",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_BOOTSTRAP_SERVERS", *SASL):
        monkeypatch.delenv(name, raising=False)


def write_env(text: str) -> None:
    Path(".local").mkdir()
    Path(".local/env").write_text(text)


def set_env(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_what_make_up_wrote_is_enough() -> None:
    write_env("KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:19092\nREDIS_URL=redis://127.0.0.1:1\n")
    assert load_kafka_settings().client_options() == {
        "bootstrap.servers": "127.0.0.1:19092",
        "security.protocol": "PLAINTEXT",
    }


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    write_env("KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:19092\n")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:2")
    assert load_kafka_settings().kafka_bootstrap_servers == "127.0.0.1:2"


def test_a_cloud_broker_gets_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SASL)
    assert load_kafka_settings().client_options() == {
        "bootstrap.servers": "broker:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "user",
        "sasl.password": "secret",
    }


def test_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SASL)
    assert "secret" not in repr(load_kafka_settings())


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "KAFKA_BOOTSTRAP_SERVERS is missing"),
        ({"KAFKA_BOOTSTRAP_SERVERS": ""}, "KAFKA_BOOTSTRAP_SERVERS is missing"),
        (SASL | {"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL"),
        (SASL | {"KAFKA_SASL_PASSWORD": ""}, "needs KAFKA_SASL_PASSWORD"),
        (SASL | {"KAFKA_SASL_PASSWORD": "", "KAFKA_SASL_USERNAME": ""}, "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str) -> None:
    set_env(monkeypatch, variables)
    with pytest.raises(SettingsError, match=named) as error:
        load_kafka_settings()
    assert "secret" not in str(error.value)
