from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulator.cli import app


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "AUTHORIZE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize("arguments", [("--help",), ("replay", "--help")])
def test_help_is_given(arguments: tuple[str, ...]) -> None:
    status, text = run(*arguments)
    assert status == 0
    assert "Usage: " in text


def test_help_names_every_scenario() -> None:
    _, text = run("--help")
    for scenario in ("normal", "card-testing", "legitimate-burst", "account-takeover"):
        assert scenario in text


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--rate", "0"), "rate must be above 0"),
        (("--rate", "-1"), "--rate"),
        (("--scenario", "heist"), "--scenario"),
        (("--duplicates", "1.5"), "duplicates must be between 0 and 1"),
        (("--late", "0.7", "--malformed", "0.7"), "together"),
        (("--count", "5", "--duration", "5"), "--count and --duration"),
        (("--start", "yesterday"), "RFC 3339"),
        (("--start", "2026-11-22T09:00:00"), "offset from UTC"),
        (("--accounts", "1"), "accounts must be between"),
        (("--rate", "5", "replay", "file"), "--rate"),
        (("replay", "no-such-file"), "no-such-file"),
    ],
)
def test_wrong_usage_ends_with_2_and_is_named(arguments: tuple[str, ...], named: str) -> None:
    status, text = run(*arguments)
    assert status == 2
    assert named in text


def test_a_missing_broker_address_is_named() -> None:
    assert run("--count", "1") == (
        2,
        "error: KAFKA_BOOTSTRAP_SERVERS is missing: set it, or run `make up`, which writes it to .local/env\n",
    )


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "ftp://127.0.0.1"])
def test_a_missing_address_to_ask_at_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if url:
        monkeypatch.setenv("AUTHORIZE_URL", url)
    status, text = run("--count", "1", "--authorize")
    assert status == 2
    assert text.startswith("error: AUTHORIZE_URL is missing or no http address: ")
