import json
from pathlib import Path

import pytest
from google.auth.exceptions import DefaultCredentialsError

from sql.connection import connect
from sql.emulator import EmulatedWarehouse
from sql.settings import Settings
from sql.warehouse import Warehouse

CREDENTIALS = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}


def test_emulator_is_used_where_one_is_named() -> None:
    settings = Settings(google_cloud_project="p", bigquery_dataset="d", bigquery_emulator_host="127.0.0.1:9")
    warehouse = connect(settings)
    assert isinstance(warehouse, EmulatedWarehouse)
    assert (warehouse.client.project, warehouse.dataset, warehouse.location) == ("p", "d", "EU")


def test_bigquery_is_used_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(CREDENTIALS | {"quota_project_id": "p"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    settings = Settings(google_cloud_project="p", bigquery_location="US", bigquery_emulator_host="")
    warehouse = connect(settings)
    assert type(warehouse) is Warehouse
    assert (warehouse.client.location, warehouse.location) == ("US", "US")


def test_missing_credentials_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(DefaultCredentialsError, match=r"none\.json"):
        connect(Settings(google_cloud_project="p", bigquery_emulator_host=""))
