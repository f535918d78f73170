from pathlib import Path

import pytest
from pydantic import ValidationError

from sql.settings import Settings

NAMES = ("GOOGLE_CLOUD_PROJECT", "BIGQUERY_DATASET", "BIGQUERY_LOCATION", "BIGQUERY_EMULATOR_HOST")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def local_env(folder: Path, text: str) -> None:
    (folder / ".local").mkdir()
    (folder / ".local/env").write_text(text)


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    assert Settings().model_dump() == {
        "google_cloud_project": "p",
        "bigquery_dataset": "payment_data",
        "bigquery_location": "EU",
        "bigquery_emulator_host": "",
    }


def test_local_env_fills_what_the_environment_leaves_out(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_env(empty_folder, "GOOGLE_CLOUD_PROJECT=local\nBIGQUERY_EMULATOR_HOST=127.0.0.1:9\nREDIS_URL=redis://x\n")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    settings = Settings()
    assert (settings.google_cloud_project, settings.bigquery_emulator_host) == ("p", "127.0.0.1:9")


def test_an_empty_emulator_host_overrides_local_env(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_env(empty_folder, "GOOGLE_CLOUD_PROJECT=local\nBIGQUERY_EMULATOR_HOST=127.0.0.1:9\n")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "")
    assert Settings().emulator_url is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", None),
        ("127.0.0.1:9050", "http://127.0.0.1:9050"),
        ("http://127.0.0.1:9050", "http://127.0.0.1:9050"),
    ],
)
def test_emulator_url(host: str, url: str | None) -> None:
    assert Settings(google_cloud_project="p", bigquery_emulator_host=host).emulator_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_CLOUD_PROJECT", None),
        ("GOOGLE_CLOUD_PROJECT", ""),
        ("BIGQUERY_DATASET", "payment-data"),
        ("BIGQUERY_LOCATION", ""),
    ],
)
def test_bad_setting_is_named(name: str, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [problem["loc"] for problem in caught.value.errors()] == [(name.lower(),)]
