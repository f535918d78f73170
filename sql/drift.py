"""What differs between the files and BigQuery, and the statement that mends it where one can."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from sql.schema import Column, Table, View


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `mend` is the statement that removes it, or None when only a person can decide."""

    name: str
    aspect: str
    expected: str
    found: str
    mend: str | None = None


def differences(expected: Table | View, found: Table | View | None) -> list[Difference]:
    """Compare one table or view of the files with what stands under its name."""
    if found is None:
        return [Difference(expected.name, "existence", _kind(expected), "nothing", expected.source)]
    if isinstance(expected, Table) and isinstance(found, Table):
        return [*_columns(expected, found), *_layout(expected, found), *_options(expected, found)]
    if isinstance(expected, View) and isinstance(found, View):
        return list(_view(expected, found))
    return [Difference(expected.name, "kind", _kind(expected), _kind(found))]


def _kind(item: Table | View) -> str:
    return type(item).__name__.lower()


def _columns(expected: Table, found: Table) -> Iterator[Difference]:
    standing = {column.name: column for column in found.columns}
    for column in expected.columns:
        yield from _column(expected.name, column, standing.pop(column.name, None))
    for extra in standing.values():
        yield Difference(expected.name, f"column {extra.name}", "nothing", _shape(extra))


def _column(table: str, expected: Column, found: Column | None) -> Iterator[Difference]:
    aspect = f"column {expected.name}"
    if found is None:
        # BigQuery adds no required column to a table: its older rows would have no value.
        mend = None if expected.mode == "REQUIRED" else _add_column(table, expected)
        yield Difference(table, aspect, _shape(expected), "nothing", mend)
    elif _shape(expected) != _shape(found):
        yield Difference(table, aspect, _shape(expected), _shape(found))
    elif expected.description != found.description:
        mend = f"alter table {table} alter column {expected.name} set {_description(expected)}"
        yield Difference(table, f"{aspect}, description", expected.description, found.description, mend)


def _shape(column: Column) -> str:
    return f"{column.type} {column.mode}"


def _add_column(table: str, column: Column) -> str:
    kind = f"array<{column.type}>" if column.mode == "REPEATED" else column.type
    return f"alter table {table} add column if not exists {column.name} {kind} {_description(column)}"


def _description(item: Column | Table) -> str:
    return f"options (description = {_literal(item.description)})"


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql("bigquery")


def _layout(expected: Table, found: Table) -> Iterator[Difference]:
    """Partitioning, clustering and key: changing one rewrites the table or its meaning, so a person decides."""
    for aspect, wanted, standing in (
        ("partitioning", (expected.partitioned_by or "",), (found.partitioned_by or "",)),
        ("clustering", expected.clustered_by, found.clustered_by),
        ("primary key", expected.primary_key, found.primary_key),
    ):
        if wanted != standing:
            yield Difference(expected.name, aspect, ", ".join(wanted), ", ".join(standing))


def _options(expected: Table, found: Table) -> Iterator[Difference]:
    if expected.description != found.description:
        mend = f"alter table {expected.name} set {_description(expected)}"
        yield Difference(expected.name, "description", expected.description, found.description, mend)
    if _beyond(expected.labels, found.labels):  # others may put theirs beside, as Pulumi does
        labels = {**found.labels, **expected.labels}
        pairs = ", ".join(f"({_literal(key)}, {_literal(value)})" for key, value in labels.items())
        mend = f"alter table {expected.name} set options (labels = [{pairs}])"
        yield _mapped(expected.name, "labels", expected.labels, found.labels, mend)


def _view(expected: View, found: View) -> Iterator[Difference]:
    if expected.query != found.query:
        yield Difference(expected.name, "query", "the file's", "another", expected.source)
    if expected.columns != found.columns:
        yield _mapped(expected.name, "columns", expected.columns, found.columns, expected.source)
    if expected.description != found.description:
        yield Difference(expected.name, "description", expected.description, found.description, expected.source)


def _mapped(name: str, aspect: str, wanted: Mapping[str, str], standing: Mapping[str, str], mend: str) -> Difference:
    """Name only what one side has and the other has not."""
    return Difference(name, aspect, _beyond(wanted, standing), _beyond(standing, wanted), mend)


def _beyond(these: Mapping[str, str], those: Mapping[str, str]) -> str:
    return "; ".join(f"{key}: {text}" if text else key for key, text in these.items() if those.get(key) != text)
