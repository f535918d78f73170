"""Everything by which the BigQuery emulator (bqemulator 1.4.0) differs from BigQuery for this package.

The .sql files are correct for BigQuery. Used only when BIGQUERY_EMULATOR_HOST is set, this module

- leaves `primary key ... not enforced` out of a statement, which the emulator cannot parse;
- writes NUMERIC as NUMERIC(38, 9), which is what BigQuery means by it and the emulator would take for (18, 3);
- repeats `create table if not exists` before it reads a table, since the emulator's catalogue follows CREATE but
  not ALTER;
- keeps a view's text in the view's description and reads it there, since the emulator's tables.get leaves the text
  out and its INFORMATION_SCHEMA.VIEWS fails on text with quotes; a new `create or replace view` clears it;
- compares only what the emulator keeps: not partitioning, clustering, keys, labels, descriptions, time travel.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import overload

import sqlglot
from google.cloud import bigquery
from sqlglot import exp

from sql.drift import Difference, differences
from sql.schema import Table, View
from sql.warehouse import Warehouse


class EmulatedWarehouse(Warehouse):
    """A dataset of the emulator."""

    def run(self, statement: str) -> Iterable[bigquery.Row]:
        """Run one statement without what the emulator cannot parse, and return its rows."""
        rows = super().run(adapted(statement))
        create = sqlglot.parse_one(statement, read="bigquery")
        if isinstance(create, exp.Create) and create.kind == "VIEW":
            view = self.client.get_table(f"{self.dataset}.{create.this.this.name}")
            view.description = create.expression.sql("bigquery")
            self.client.update_table(view, ["description"])
        return rows

    def read(self, expected: Table | View) -> Table | View | None:
        """Return what stands under the name of `expected`, or None, after the catalogue has caught up."""
        found = super().read(expected)
        if isinstance(found, View) or isinstance(expected, View) or found is None:
            return found
        self.run(expected.source)
        return super().read(expected)

    def view_query(self, view: bigquery.Table) -> str:
        """Return the text of a view."""
        return view.description or ""

    def compare(self, expected: Table | View) -> list[Difference]:
        """Compare one table or view with what stands under its name, as far as the emulator keeps it."""
        found = self.read(expected)
        return differences(kept(expected), kept(found) if found else None)

    def compare_time_travel(self, found: bigquery.Dataset) -> list[Difference]:
        """Find no difference: the emulator always says 168 hours."""
        return []


def adapted(statement: str) -> str:
    """Return the statement without its primary key, and with the digits of NUMERIC spelt out."""
    parsed = sqlglot.parse_one(statement, read="bigquery")
    for key in list(parsed.find_all(exp.PrimaryKey)):
        key.pop()
    for kind in parsed.find_all(exp.DataType):
        if kind.is_type(exp.DType.DECIMAL) and not kind.expressions:
            kind.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(digits)) for digits in (38, 9)])
    return parsed.sql("bigquery")


@overload
def kept(item: Table) -> Table: ...
@overload
def kept(item: View) -> View: ...
def kept(item: Table | View) -> Table | View:
    """Blank what the emulator does not keep, so that it compares equal on both sides."""
    if isinstance(item, View):
        return replace(item, columns=dict.fromkeys(item.columns, ""), description="")
    columns = tuple(replace(column, description="") for column in item.columns)
    return Table(name=item.name, columns=columns, source=item.source)
