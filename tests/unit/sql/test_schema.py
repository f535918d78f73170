from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from sql.schema import FOLDER, Column, Mode, Table, View, definitions, normalised, parse, qualified, references, tables

ORDER = (FOLDER / "order.txt").read_text().split()

# The contract's columns; `!` is NOT NULL, `[]` an array.
EVENT = (
    "transaction_id STRING!, event_time TIMESTAMP!, amount NUMERIC!, currency STRING!, sender_account_id STRING!, "
    "receiver_account_id STRING!, region STRING!, device_id STRING!, ip_address STRING, merchant_id STRING!, "
    "merchant_category STRING!, status STRING!, credit_card_masked STRING!, cvv_masked STRING!, "
    "card_expiry_masked STRING!, pii_hash STRING!, card_token STRING!, pii_key_version STRING!"
)
POSITION = "kafka_topic STRING!, kafka_partition INT64!, kafka_offset INT64!, kafka_timestamp TIMESTAMP!"
INGESTED = "ingested_at TIMESTAMP!"
ACCOUNTS = ("sender_account_id", "receiver_account_id", "currency")

CONTRACT = {
    "payment_transactions": ("event_time", ACCOUNTS, f"{EVENT}, {POSITION}, {INGESTED}"),
    "payment_transactions_fraud": (
        "event_time",
        ACCOUNTS,
        f"{EVENT}, {POSITION}, {INGESTED}, velocity_60s INT64!, velocity_5m INT64!, velocity_complete BOOL!, "
        "is_velocity_fraud BOOL!, severity STRING, velocity_fraud_peers STRING[], amount_usd NUMERIC!, "
        "geographic_risk BOOL!, device_risk BOOL!, fraud_score INT64!, is_high_risk BOOL!, risk_flags STRING[], "
        "fraud_probability FLOAT64, bin_token STRING, card_count_1h INT64, card_accounts_1h INT64, "
        "card_small_1h INT64, card_declines_1h INT64, card_usd_1h NUMERIC, device_cards_1h INT64, "
        "device_accounts_1h INT64, account_usd_1h NUMERIC, network_test_cards_10m INT64, "
        "merchant_test_cards_10m INT64, merchant_declined_10m INT64, bin_test_cards_10m INT64, "
        "bin_declined_10m INT64, features_complete BOOL, known_device BOOL, known_merchant BOOL, "
        "days_since_last FLOAT64, amount_to_habit FLOAT64, reason_codes STRING[], list_hits STRING[], is_alert BOOL, "
        "model_version STRING, gate STRING, challenger_probability FLOAT64, challenger_version STRING, "
        "model_reasons STRING[]",
    ),
    "fraud_velocity_alerts": (
        "event_time",
        ACCOUNTS,
        "transaction_id STRING!, event_time TIMESTAMP!, sender_account_id STRING!, receiver_account_id STRING!, "
        "amount NUMERIC!, currency STRING!, region STRING!, card_token STRING!, pii_hash STRING!, "
        "pii_key_version STRING!, velocity_60s INT64!, velocity_5m INT64!, severity STRING!, "
        f"velocity_fraud_peers STRING[], fraud_score INT64!, risk_flags STRING[], {POSITION}, {INGESTED}",
    ),
    "payment_late_events": ("kafka_timestamp", ACCOUNTS, f"{EVENT}, late_reason STRING!, {POSITION}, {INGESTED}"),
    "payment_dead_letters": (
        "kafka_timestamp",
        ("reason",),
        f"{POSITION}, reason STRING!, field STRING, length INT64!, {INGESTED}",
    ),
    "payment_labels": (
        "event_time",
        ("transaction_id", "source"),
        "transaction_id STRING!, is_fraud BOOL!, source STRING!, observed_at TIMESTAMP!, event_time TIMESTAMP!, "
        f"card_token STRING!, pii_hash STRING!, pii_key_version STRING!, {POSITION}, recorded_at TIMESTAMP!",
    ),
    "pii_masking_audit": (
        "masking_timestamp",
        ("pii_hash", "card_token", "disposition"),
        "transaction_id STRING, pii_hash STRING, card_token STRING, pii_key_version STRING, "
        "masking_timestamp TIMESTAMP!, masking_reason STRING!, user_email STRING, erasure_requested BOOL!, "
        f"erasure_timestamp TIMESTAMP, disposition STRING!, {POSITION}",
    ),
    "account_profiles": (
        "as_of",
        ("sender_account_id",),
        "as_of TIMESTAMP!, sender_account_id STRING!, payments INT64!, last_event_time TIMESTAMP!, habit_usd NUMERIC, "
        "device_ids STRING[], merchant_ids STRING[], card_tokens STRING[]",
    ),
}
VIEWS = {
    "velocity_fraud_analysis",
    "active_high_risk_accounts",
    "fraud_summary",
    "deduplication_effectiveness",
    "daily_summary",
    "reconciliation",
    "prevented_fraud",
    "model_drift",
    "model_quality",
}


def columns_of(listing: str) -> Iterator[Column]:
    modes: dict[str, Mode] = {"!": "REQUIRED", "]": "REPEATED"}
    for item in listing.split(", "):
        name, kind = item.split()
        yield Column(name, kind.rstrip("![]"), modes.get(kind[-1], "NULLABLE"))


@pytest.mark.parametrize("name", CONTRACT)
def test_table_is_that_of_the_contract(name: str) -> None:
    partitioned_by, clustered_by, listing = CONTRACT[name]
    table = tables()[name]
    assert [Column(column.name, column.type, column.mode) for column in table.columns] == list(columns_of(listing))
    assert (table.partitioned_by, table.clustered_by) == (partitioned_by, clustered_by)
    position = ("kafka_topic", "kafka_partition", "kafka_offset")
    others = {"account_profiles": ("as_of", "sender_account_id"), "payment_labels": ()}
    assert table.primary_key == others.get(name, position)


def test_contract_is_complete() -> None:
    assert tables().keys() == CONTRACT.keys()
    assert {item.name for item in definitions("d") if isinstance(item, View)} == VIEWS


def test_order_lists_every_file_once() -> None:
    files = [str(path.relative_to(FOLDER)) for folder in ("tables", "views") for path in FOLDER.glob(f"{folder}/*.sql")]
    assert sorted(ORDER) == sorted(files)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("checks/*.sql")), ids=lambda path: path.stem)
def test_a_check_reads_tables_of_the_contract_and_changes_nothing(path: Path) -> None:
    [statement] = sqlglot.parse(path.read_text(), read="bigquery")
    assert isinstance(statement, exp.Select)
    assert {table.name for table in references(statement) if table.name} <= CONTRACT.keys()


@pytest.mark.parametrize("path", ORDER)
def test_file_creates_what_it_is_named_after(path: str) -> None:
    statements = sqlglot.parse((FOLDER / path).read_text(), read="bigquery")
    assert [type(statement) for statement in statements] == [exp.Create]
    item = parse((FOLDER / path).read_text())
    assert f"{type(item).__name__.lower()}s/{item.name}.sql" == path


@pytest.mark.parametrize("path", ORDER)
def test_everything_a_file_reads_comes_before_it(path: str) -> None:
    create = sqlglot.parse_one((FOLDER / path).read_text(), read="bigquery")
    before = {parse((FOLDER / earlier).read_text()).name for earlier in ORDER[: ORDER.index(path)]}
    assert {table.name for table in references(create)} - {create.this.this.name} <= before


@pytest.mark.parametrize("path", ORDER)
def test_everything_is_described(path: str) -> None:
    item = parse((FOLDER / path).read_text())
    descriptions = (
        [column.description for column in item.columns] if isinstance(item, Table) else [*item.columns.values()]
    )
    assert all(text.endswith(".") for text in [item.description, *descriptions])


@pytest.mark.parametrize("path", [path for path in ORDER if path.startswith("views/")])
def test_view_names_the_columns_of_its_query_and_hides_no_table(path: str) -> None:
    create = sqlglot.parse_one((FOLDER / path).read_text(), read="bigquery")
    item = parse((FOLDER / path).read_text())
    assert list(item.columns) == create.expression.named_selects
    assert not {cte.alias for cte in create.find_all(exp.CTE)} & (CONTRACT.keys() | VIEWS)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("create table if not exists t (a int64)", "create table if not exists d.t (a int64)"),
        (
            "create view v as with c as (select a from t) select a from c join v2 as c2 using (a) -- t",
            "create view d.v as with c as (select a from d.t) select a from c join d.v2 as c2 using (a) -- t",
        ),
        ("create view v as select p from t cross join unnest(t.a) as p", None),
    ],
)
def test_qualified_names_the_dataset_of_tables_and_views_only(statement: str, expected: str | None) -> None:
    expected = expected or "create view d.v as select p from d.t cross join unnest(t.a) as p"
    assert qualified(statement, "d") == expected


def test_queries_compare_without_comments_and_layout() -> None:
    laid_out, plain, other = "select a -- why\nfrom t", "SELECT a FROM t", "select b from t"
    assert normalised(laid_out, "p") == normalised(plain, "p") != normalised(other, "p")


def test_queries_compare_without_the_name_of_their_own_project() -> None:
    plain, own, other = (f"select a from {table}" for table in ("d.t", "my-p.d.t", "other.d.t"))
    assert normalised(plain, "my-p") == normalised(own, "my-p") != normalised(other, "my-p")


@pytest.mark.parametrize("source", ["select 1", "create schema d"])
def test_other_statements_are_refused(source: str) -> None:
    with pytest.raises(ValueError, match="expected one create table or create view"):
        parse(source)
