"""The expected tables and views, parsed from the .sql files: nowhere else are they written down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import sqlglot
from sqlglot import exp

FOLDER = Path(__file__).parent

Mode = Literal["NULLABLE", "REQUIRED", "REPEATED"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is the GoogleSQL name, and that of the element when `mode` is REPEATED."""

    name: str
    type: str
    mode: Mode
    description: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its file defines it, or as it stands in BigQuery (then without `source`)."""

    name: str
    columns: tuple[Column, ...]
    partitioned_by: str | None = None  # the column whose UTC date is the partition
    clustered_by: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class View:
    """A view: `columns` maps each name to its description, `query` is free of comments and layout."""

    name: str
    columns: Mapping[str, str]
    query: str
    description: str = ""
    source: str = field(default="", compare=False, repr=False)


def tables() -> dict[str, Table]:
    """Return every table by name, columns in the order of the file."""
    return {table.name: table for table in map(parse, _texts()) if isinstance(table, Table)}


def definitions(dataset: str) -> list[Table | View]:
    """Return every table and view, names qualified with `dataset`, each after what it reads (order.txt)."""
    return [parse(qualified(text, dataset)) for text in _texts()]


def qualified(statement: str, dataset: str) -> str:
    """Write `dataset` before every table and view that `statement` names, and leave the rest as it stands.

    BigQuery applies a job's default dataset to everything but the body of a view.
    """
    starts = (table.this.meta["start"] for table in references(sqlglot.parse_one(statement, read="bigquery")))
    for start in sorted(starts, reverse=True):
        statement = f"{statement[:start]}{dataset}.{statement[start:]}"
    return statement


def references(statement: exp.Expr) -> Iterator[exp.Table]:
    """Find the tables and views a statement names: not its common table expressions, which are its own."""
    own = {cte.alias for cte in statement.find_all(exp.CTE)}
    return (table for table in statement.find_all(exp.Table) if table.name not in own)


def normalised(query: str, project: str) -> str:
    """Lay a query out in one way, without comments and its own project's name, so that two texts of it compare equal.

    Pulumi writes the project into a view's text; `apply` does not.
    """
    if not query:
        return ""
    statement = sqlglot.parse_one(query, read="bigquery")
    for table in references(statement):
        if table.catalog == project:
            table.set("catalog", None)
    return statement.sql("bigquery", comments=False)


def parse(source: str) -> Table | View:
    """Read one `create table` or `create view` statement.

    Raises:
        ValueError: it is neither.
    """
    create = sqlglot.parse_one(source, read="bigquery")
    if not isinstance(create, exp.Create) or create.kind not in {"TABLE", "VIEW"}:
        raise ValueError(f"expected one create table or create view statement, got: {source[:60]}")
    return _table(create, source) if create.kind == "TABLE" else _view(create, source)


def _texts() -> Iterator[str]:
    return ((FOLDER / line).read_text() for line in (FOLDER / "order.txt").read_text().split())


def _table(create: exp.Create, source: str) -> Table:
    options = _options(create.args["properties"])
    return Table(
        name=create.this.this.name,
        columns=tuple(_column(definition) for definition in create.this.find_all(exp.ColumnDef)),
        partitioned_by=_partition_column(create),
        clustered_by=_names(create.find(exp.ClusterProperty)),
        primary_key=_names(create.find(exp.PrimaryKey)),
        description=options["description"].name,
        labels={label.expressions[0].name: label.expressions[1].name for label in options["labels"].expressions},
        source=source,
    )


def _view(create: exp.Create, source: str) -> View:
    return View(
        name=create.this.this.name,
        columns={definition.name: _description(definition) for definition in create.this.expressions},
        query=create.expression.sql("bigquery", comments=False),
        description=_options(create.args["properties"])["description"].name,
        source=source,
    )


def _column(definition: exp.ColumnDef) -> Column:
    kind = definition.args["kind"]
    repeated = kind.is_type(exp.DataType.Type.ARRAY)
    required = definition.find(exp.NotNullColumnConstraint) is not None
    return Column(
        name=definition.name,
        type=(kind.expressions[0] if repeated else kind).sql("bigquery"),
        mode="REPEATED" if repeated else "REQUIRED" if required else "NULLABLE",
        description=_description(definition),
    )


def _description(definition: exp.ColumnDef) -> str:
    options = definition.find(exp.Properties)
    return _options(options)["description"].name if options else ""


def _options(properties: exp.Expr) -> dict[str, exp.Expr]:
    return {option.name: option.args["value"] for option in properties.expressions if type(option) is exp.Property}


def _partition_column(create: exp.Create) -> str | None:
    partitioning = create.find(exp.PartitionedByProperty)
    column = partitioning.find(exp.Column) if partitioning else None
    return column.name if column else None


def _names(listing: exp.Expr | None) -> tuple[str, ...]:
    return tuple(item.name for item in listing.expressions) if listing else ()
