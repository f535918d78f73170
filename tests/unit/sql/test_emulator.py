import pytest
import sqlglot
from sqlglot import exp

from sql.drift import differences
from sql.emulator import adapted, kept
from sql.schema import Column, Table, View, definitions, parse


@pytest.mark.parametrize("item", definitions("d"), ids=lambda item: item.name)
def test_only_the_key_and_the_digits_of_numeric_are_touched(item: Table | View) -> None:
    original = sqlglot.parse_one(item.source, read="bigquery")
    for key in list(original.find_all(exp.PrimaryKey)):
        key.pop()
    adaptation = adapted(item.source)
    assert "ENFORCED" not in adaptation
    assert adaptation.replace(" NUMERIC(38, 9)", " NUMERIC") == original.sql("bigquery")
    assert " NUMERIC " not in adaptation


def test_statements_without_a_key_are_kept() -> None:
    assert adapted("select 'a' as b") == "SELECT 'a' AS b"


@pytest.mark.parametrize("item", definitions("d"), ids=lambda item: item.name)
def test_what_the_emulator_forgets_is_no_difference(item: Table | View) -> None:
    assert differences(kept(item), kept(forgotten(item))) == []


def forgotten(item: Table | View) -> Table | View:
    if isinstance(item, View):
        return View(item.name, dict.fromkeys(item.columns, ""), item.query)
    return Table(item.name, tuple(Column(column.name, column.type, column.mode) for column in item.columns))


def test_columns_and_queries_are_still_compared() -> None:
    table = parse("create table t (a int64) options (description = 'T.', labels = [])")
    other = parse("create table t (a string) options (description = 'T.', labels = [])")
    assert differences(kept(table), kept(other)) != []
    view = parse("create view v (a) options (description = 'V.') as select a from t")
    changed = parse("create view v (a) options (description = 'V.') as select b as a from t")
    assert differences(kept(view), kept(changed)) != []
