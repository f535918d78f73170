import pytest
from typer.testing import CliRunner

from infra.local.servers.bigquery import BigQuery
from sql.__main__ import app
from sql.drift import Difference
from sql.schema import Table, definitions, tables
from sql.warehouse import Warehouse
from tests.integration.sql.rows import insert, read


@pytest.fixture(scope="module")
def names() -> list[str]:
    return [item.name for item in definitions("d")]


def found(differences: list[Difference]) -> list[tuple[str, str, str, str, bool]]:
    return [(item.name, item.aspect, item.expected, item.found, item.mend is not None) for item in differences]


def test_apply_creates_everything_and_again_changes_nothing(warehouse: Warehouse, names: list[str]) -> None:
    assert found(warehouse.drift()) == [(warehouse.dataset, "existence", "dataset", "nothing", False)]
    assert [(item.name, item.aspect) for item in warehouse.apply()] == [(name, "existence") for name in names]
    assert warehouse.apply() == warehouse.drift() == []
    assert warehouse.client.get_dataset(warehouse.dataset).location == "EU"


def test_live_columns_are_those_of_the_files(views: Warehouse) -> None:
    for name, expected in tables().items():
        table = views.read(next(item for item in definitions(views.dataset) if item.name == name))
        assert isinstance(table, Table)
        live = [(column.name, column.type, column.mode) for column in table.columns]
        assert live == [(column.name, column.type, column.mode) for column in expected.columns]


def test_apply_restores_a_column_and_keeps_the_rows(warehouse: Warehouse) -> None:
    warehouse.apply()
    insert(warehouse, "payment_dead_letters", {"reason": "not JSON", "field": "amount"})
    warehouse.run("alter table payment_dead_letters drop column field")
    lost = [("payment_dead_letters", "column field", "STRING NULLABLE", "nothing", True)]
    assert found(warehouse.drift()) == lost
    assert found(warehouse.apply()) == lost
    assert warehouse.drift() == []
    assert read(warehouse, "payment_dead_letters", "true", "reason, field") == [("not JSON", None)]


# A statement a hand might have run, and the difference it makes: what the files say, what stands, does apply mend it.
BY_HAND = {
    "alter table payment_late_events add column note string": (
        ("payment_late_events", "column note", "nothing", "STRING NULLABLE", False),
    ),
    "alter table payment_dead_letters drop column length": (
        ("payment_dead_letters", "column length", "INT64 REQUIRED", "nothing", False),
    ),
    "create or replace table payment_transactions as select * replace (1 as region) from payment_transactions": (
        ("payment_transactions", "column region", "STRING REQUIRED", "INT64 NULLABLE", False),
    ),
    "drop table fraud_velocity_alerts": (("fraud_velocity_alerts", "existence", "table", "nothing", True),),
    "drop view daily_summary": (("daily_summary", "kind", "view", "table", False),),
    "create table daily_summary (a int64)": (),
    "drop view prevented_fraud": (("prevented_fraud", "existence", "view", "nothing", True),),
    "create or replace view deduplication_effectiveness as select * from pii_masking_audit": (
        ("deduplication_effectiveness", "query", "the file's", "another", True),
    ),
}


def test_drift_made_by_hand_is_reported_and_mended_where_it_can_be(warehouse: Warehouse) -> None:
    warehouse.apply()
    for statement in BY_HAND:
        warehouse.run(statement)
    reported = found(warehouse.drift())
    assert {difference for differences in BY_HAND.values() for difference in differences} <= set(reported)
    assert {difference[0] for difference in reported} == {item[0] for items in BY_HAND.values() for item in items}
    warehouse.apply()
    assert found(warehouse.drift()) == [difference for difference in reported if not difference[-1]]


def test_dataset_elsewhere_is_left_alone(warehouse: Warehouse) -> None:
    warehouse.apply()
    warehouse.location = "US"
    assert found(warehouse.apply()) == [(warehouse.dataset, "location", "US", "EU", False)]


@pytest.fixture
def command_line(bigquery: BigQuery, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", bigquery.settings.project)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
    monkeypatch.setenv("BIGQUERY_DATASET", warehouse.dataset)
    return CliRunner(env={"COLUMNS": "200"})


def test_exit_code_tells_whether_a_difference_is_left(command_line: CliRunner, warehouse: Warehouse) -> None:
    assert command_line.invoke(app, ["drift"]).exit_code == 1
    assert command_line.invoke(app, ["apply"]).exit_code == 0
    warehouse.run("alter table payment_transactions add column note string")
    result = command_line.invoke(app, ["apply"])
    assert result.exit_code == 1
    assert "column note" in result.output
