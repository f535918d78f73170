"""What BigQuery's REST API says of a table or view becomes the same objects as the files."""

from typing import Any

import pytest
from google.cloud import bigquery

from sql.drift import differences
from sql.schema import Column, Table, View, definitions
from sql.warehouse import as_table, as_view

OLD_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


def field_of(column: Column) -> dict[str, Any]:
    name = OLD_NAMES.get(column.type, column.type)
    return {"name": column.name, "type": name, "mode": column.mode, "description": column.description}


def resource_of(item: Table) -> dict[str, Any]:
    return {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": item.name},
        "type": "TABLE",
        "description": item.description,
        "labels": dict(item.labels),
        "schema": {"fields": [field_of(column) for column in item.columns]},
        "timePartitioning": {"type": "DAY", "field": item.partitioned_by},
        "clustering": {"fields": list(item.clustered_by)},
        "tableConstraints": {"primaryKey": {"columns": list(item.primary_key)}},
    }


def view_resource_of(item: View) -> dict[str, Any]:
    fields = [{"name": name, "type": "STRING", "description": text} for name, text in item.columns.items()]
    return {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": item.name},
        "type": "VIEW",
        "description": item.description,
        "schema": {"fields": fields},
        "view": {"query": item.source.partition("\nas\n")[2].rstrip(";\n"), "useLegacySql": False},
    }


TABLES = [item for item in definitions("d") if isinstance(item, Table)]
VIEWS = [item for item in definitions("d") if isinstance(item, View)]
DEPLOYED = [item for item in definitions("p.d") if isinstance(item, View)]


@pytest.mark.parametrize("item", TABLES, ids=lambda item: item.name)
def test_table_as_the_api_describes_it_is_no_drift(item: Table) -> None:
    assert differences(item, as_table(bigquery.Table.from_api_repr(resource_of(item)))) == []


@pytest.mark.parametrize("item", VIEWS, ids=lambda item: item.name)
def test_view_as_the_api_describes_it_is_no_drift(item: View) -> None:
    found = bigquery.Table.from_api_repr(view_resource_of(item))
    assert differences(item, as_view(found, found.view_query or "")) == []


@pytest.mark.parametrize("number", range(len(VIEWS)))
def test_view_with_its_project_written_out_is_no_drift_and_with_anothers_is(number: int) -> None:
    expected, deployed = VIEWS[number], DEPLOYED[number].query
    found = bigquery.Table.from_api_repr(view_resource_of(expected))
    assert deployed != expected.query
    assert differences(expected, as_view(found, deployed)) == []
    elsewhere = as_view(found, deployed.replace("p.d.", "q.d."))
    assert [difference.aspect for difference in differences(expected, elsewhere)] == ["query"]


@pytest.mark.parametrize(
    ("changed", "aspects"),
    [
        ({"timePartitioning": {"type": "HOUR", "field": "event_time"}}, ["partitioning"]),
        ({"timePartitioning": {"type": "DAY"}}, ["partitioning"]),
        ({"timePartitioning": None}, ["partitioning"]),
        ({"clustering": None}, ["clustering"]),
        ({"tableConstraints": None}, ["primary key"]),
        ({"description": None, "labels": None}, ["description", "labels"]),
    ],
)
def test_layout_that_differs_is_reported(changed: dict[str, Any], aspects: list[str]) -> None:
    resource = {name: value for name, value in (resource_of(TABLES[0]) | changed).items() if value is not None}
    found = as_table(bigquery.Table.from_api_repr(resource))
    assert [difference.aspect for difference in differences(TABLES[0], found)] == aspects


@pytest.mark.parametrize(
    ("limits", "name"),
    [({}, "NUMERIC"), ({"precision": "9", "scale": "2"}, "NUMERIC(9, 2)"), ({"precision": "9"}, "NUMERIC(9)")],
)
def test_limits_are_part_of_a_type(limits: dict[str, str], name: str) -> None:
    resource = resource_of(TABLES[0]) | {"schema": {"fields": [{"name": "amount", "type": "NUMERIC"} | limits]}}
    assert as_table(bigquery.Table.from_api_repr(resource)).columns == (Column("amount", name, "NULLABLE"),)
