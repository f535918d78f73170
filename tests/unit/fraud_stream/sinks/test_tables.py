import pyarrow as pa
import pyarrow.compute as pc
import pytest

import sql.schema
from fraud_stream.sinks.tables import NUMERIC, TABLES, Table
from fraud_stream.stages.masking import TIMESTAMP
from tests.builders import NOON, accepted_row, received_row, rejected_row, settled

TYPES = {
    "STRING": pa.string(),
    "INT64": pa.int64(),
    "BOOL": pa.bool_(),
    "FLOAT64": pa.float64(),
    "NUMERIC": NUMERIC,
    "TIMESTAMP": TIMESTAMP,
}
DDL = sql.schema.tables()
FILLED_BY_OTHERS = {
    "pii_masking_audit": {"erasure_timestamp"},  # erasure
}

BATCH = settled(
    accepted_row(kafka_offset=0, transaction_id="calm"),
    accepted_row(kafka_offset=1, transaction_id="fast", velocity_60s=4, region_changed=True, peers='["a","fast"]'),
    received_row(kafka_offset=2, transaction_id="fast", disposition="DUPLICATE"),
    received_row(kafka_offset=3, transaction_id="old", disposition="LATE", reason="APPEND_TIME"),
    received_row(kafka_offset=4, transaction_id="older", disposition="LATE", reason="WATERMARK", user_email=None),
    rejected_row(kafka_offset=5),
    rejected_row(kafka_offset=6, reason="TOO_LARGE", field=None, length=5_000_000),
)

tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def rows_of(name: str) -> list[dict[str, object]]:
    [table] = [table for table in TABLES if table.name == name]
    found: list[dict[str, object]] = table.rows(BATCH).to_pylist()
    return found


@tables
def test_the_columns_sent_are_those_of_the_ddl(table: Table) -> None:
    ddl = {column.name: column for column in DDL[table.name].columns}
    assert set(table.schema.names) == ddl.keys() - FILLED_BY_OTHERS.get(table.name, set())
    assert {ddl[name].mode for name in FILLED_BY_OTHERS.get(table.name, set())} <= {"NULLABLE"}
    for field in table.schema:
        kind = TYPES[ddl[field.name].type]
        assert field.type == (pa.list_(kind) if ddl[field.name].mode == "REPEATED" else kind), field.name


@tables
def test_no_required_column_is_null(table: Table) -> None:
    rows = table.rows(BATCH)
    required = [column.name for column in DDL[table.name].columns if column.mode == "REQUIRED"]
    assert rows.num_rows
    assert {name: pc.sum(rows[name].is_null()).as_py() for name in required} == dict.fromkeys(required, 0)


@tables
def test_the_partition_column_is_the_ddl_s(table: Table) -> None:
    assert table.partition_column == DDL[table.name].partitioned_by


def test_every_table_of_the_ddl_is_written_but_for_what_others_write() -> None:
    assert {table.name for table in TABLES} | {"account_profiles", "payment_labels"} == DDL.keys()


def test_the_audit_comes_last() -> None:
    assert TABLES[-1].name == "pii_masking_audit"


@pytest.mark.parametrize(
    ("name", "offsets"),
    [
        ("payment_transactions", [0, 1]),
        ("payment_transactions_fraud", [0, 1]),
        ("fraud_velocity_alerts", [1]),
        ("payment_late_events", [3, 4]),
        ("payment_dead_letters", [5, 6]),
        ("pii_masking_audit", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_which_positions_go_where(name: str, offsets: list[int]) -> None:
    assert [row["kafka_offset"] for row in rows_of(name)] == offsets


def test_a_scored_row_has_the_warehouse_s_names() -> None:
    calm, fast = rows_of("payment_transactions_fraud")
    assert (calm["geographic_risk"], calm["device_risk"], calm["velocity_fraud_peers"]) == (False, False, [])
    assert (fast["geographic_risk"], fast["severity"], fast["velocity_fraud_peers"]) == (True, "HIGH", ["a", "fast"])
    assert fast["risk_flags"] == ["VELOCITY_60S", "GEO_CHANGE"]


def test_late_events_say_against_which_clock() -> None:
    assert [row["late_reason"] for row in rows_of("payment_late_events")] == ["APPEND_TIME", "WATERMARK"]


def test_dead_letters_say_why_and_how_long_but_not_what() -> None:
    assert [(row["reason"], row["field"], row["length"]) for row in rows_of("payment_dead_letters")] == [
        ("INVALID_FIELD", "amount", 400),
        ("TOO_LARGE", None, 5_000_000),
    ]


def test_the_audit_has_the_disposition_of_every_position() -> None:
    rows = rows_of("pii_masking_audit")
    assert [row["disposition"] for row in rows] == [
        "ACCEPTED",
        "ACCEPTED",
        "DUPLICATE",
        "LATE",
        "LATE",
        "REJECTED",
        "REJECTED",
    ]
    assert {(row["masking_reason"], row["masking_timestamp"], row["erasure_requested"]) for row in rows} == {
        ("PCI-DSS", NOON, False)
    }
    assert [row["user_email"] for row in rows] == ["jo.doe@example.org"] * 4 + [None] * 3


@tables
def test_a_batch_of_nothing_gives_no_rows(table: Table) -> None:
    assert table.rows(settled()).num_rows == 0


@tables
def test_a_batch_of_rejects_alone_has_its_rows(table: Table) -> None:
    counts = {"payment_dead_letters": 2, "pii_masking_audit": 2}
    assert table.rows(settled(rejected_row(), rejected_row())).num_rows == counts.get(table.name, 0)
