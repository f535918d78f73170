"""Rows for the tables, complete but for what a test cares about."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlglot import select

from sql.schema import tables
from sql.warehouse import Warehouse

SOME_TIME = datetime(2026, 11, 1, 12, tzinfo=UTC)
FILLERS = {"STRING": "x", "INT64": 0, "NUMERIC": Decimal(1), "BOOL": False, "TIMESTAMP": SOME_TIME}

Row = dict[str, Any]


def insert(warehouse: Warehouse, table: str, *rows: Row) -> None:
    """Insert rows; required columns that a row leaves out are filled, others are null."""
    required = {column.name: FILLERS[column.type] for column in tables()[table].columns if column.mode == "REQUIRED"}
    target = warehouse.client.get_table(f"{warehouse.dataset}.{table}")
    assert warehouse.client.insert_rows(target, [required | row for row in rows]) == []


def read(warehouse: Warehouse, name: str, where: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Return columns, listed with commas, of a table or view as tuples, sorted."""
    query = select(*columns.split(", ")).from_(name).where(where, dialect="bigquery")
    return sorted((row.values() for row in warehouse.run(query.sql("bigquery"))), key=str)
