from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql.drift import Difference, differences
from sql.schema import Column, Table, View, definitions

TABLE = Table(
    name="t",
    columns=(
        Column("a", "STRING", "REQUIRED", "The a."),
        Column("n", "NUMERIC", "NULLABLE", "It's n."),
        Column("p", "STRING", "REPEATED", "The p."),
    ),
    partitioned_by="a",
    clustered_by=("a", "n"),
    primary_key=("a",),
    description="Ts.",
    labels={"system": "x"},
    source="create table t",
)
VIEW = View("v", {"a": "The a."}, "SELECT a FROM d.t", "Vs.", "create or replace view v")


def without(name: str) -> Callable[[Table], Table]:
    return lambda table: replace(table, columns=tuple(column for column in table.columns if column.name != name))


def having(changed: Column) -> Callable[[Table], Table]:
    return lambda table: replace(without(changed.name)(table), columns=(*without(changed.name)(table).columns, changed))


def test_labels_beside_those_of_the_file_are_no_drift_and_stay() -> None:
    assert differences(TABLE, replace(TABLE, labels={"managed-by": "pulumi", "system": "x"})) == []
    [mended] = differences(TABLE, replace(TABLE, labels={"managed-by": "pulumi"}))
    assert mended.mend == "alter table t set options (labels = [('managed-by', 'pulumi'), ('system', 'x')])"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            without("n"),
            Difference(
                "t",
                "column n",
                "NUMERIC NULLABLE",
                "nothing",
                r"alter table t add column if not exists n NUMERIC options (description = 'It\'s n.')",
            ),
        ),
        (
            without("p"),
            Difference(
                "t",
                "column p",
                "STRING REPEATED",
                "nothing",
                "alter table t add column if not exists p array<STRING> options (description = 'The p.')",
            ),
        ),
        (without("a"), Difference("t", "column a", "STRING REQUIRED", "nothing")),
        (having(Column("z", "BOOL", "NULLABLE")), Difference("t", "column z", "nothing", "BOOL NULLABLE")),
        (
            having(Column("n", "FLOAT64", "NULLABLE", "It's n.")),
            Difference("t", "column n", "NUMERIC NULLABLE", "FLOAT64 NULLABLE"),
        ),
        (
            having(Column("a", "STRING", "NULLABLE", "The a.")),
            Difference("t", "column a", "STRING REQUIRED", "STRING NULLABLE"),
        ),
        (
            having(Column("a", "STRING", "REQUIRED", "Old.")),
            Difference(
                "t",
                "column a, description",
                "The a.",
                "Old.",
                "alter table t alter column a set options (description = 'The a.')",
            ),
        ),
        (lambda table: replace(table, partitioned_by=None), Difference("t", "partitioning", "a", "")),
        (lambda table: replace(table, clustered_by=("n", "a")), Difference("t", "clustering", "a, n", "n, a")),
        (lambda table: replace(table, primary_key=()), Difference("t", "primary key", "a", "")),
        (
            lambda table: replace(table, description=""),
            Difference("t", "description", "Ts.", "", "alter table t set options (description = 'Ts.')"),
        ),
        (
            lambda table: replace(table, labels={"system": "y"}),
            Difference(
                "t", "labels", "system: x", "system: y", "alter table t set options (labels = [('system', 'x')])"
            ),
        ),
    ],
)
def test_table_differs_by_one_thing(change: Callable[[Table], Table], expected: Difference) -> None:
    assert differences(TABLE, change(TABLE)) == [expected]


@pytest.mark.parametrize(
    ("found", "aspect", "wanted", "standing"),
    [
        (replace(VIEW, query="SELECT b FROM d.t"), "query", "the file's", "another"),
        (replace(VIEW, columns={"a": "The a.", "b": ""}), "columns", "", "b"),
        (replace(VIEW, columns={"a": "Old."}), "columns", "a: The a.", "a: Old."),
        (replace(VIEW, description=""), "description", "Vs.", ""),
    ],
)
def test_view_that_differs_is_replaced(found: View, aspect: str, wanted: str, standing: str) -> None:
    assert differences(VIEW, found) == [Difference("v", aspect, wanted, standing, "create or replace view v")]


@pytest.mark.parametrize("item", [TABLE, VIEW])
def test_missing_object_is_created_by_its_file(item: Table | View) -> None:
    kind = type(item).__name__.lower()
    assert differences(item, None) == [Difference(item.name, "existence", kind, "nothing", item.source)]


def test_table_in_the_place_of_a_view_is_left_to_a_person() -> None:
    assert differences(VIEW, TABLE) == [Difference("v", "kind", "view", "table")]


@given(st.sampled_from(definitions("d")), st.randoms(use_true_random=False))
def test_the_order_of_columns_is_no_difference(item: Table | View, random: Random) -> None:
    if isinstance(item, Table):
        found = replace(item, columns=tuple(random.sample(item.columns, len(item.columns))), source="")
        assert differences(item, found) == []
    else:
        assert differences(item, replace(item, source="")) == []
