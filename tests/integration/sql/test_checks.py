"""The look for unmasked rows, which alarms people once an hour: each kind of bad row, planted alone, is found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.components.monitoring import CHECK
from sql.schema import tables
from sql.warehouse import Warehouse
from tests.integration.sql.rows import Row, insert

HASH = "0a" * 32
PAYMENTS = ("payment_transactions", "payment_transactions_fraud", "payment_late_events")
HASHED = (*PAYMENTS, "fraud_velocity_alerts", "pii_masking_audit")
GOOD: Row = {
    "pii_hash": HASH,
    "card_token": HASH,
    "credit_card_masked": "XXXX-XXXX-XXXX-1111",
    "cvv_masked": "XXX",
    "card_expiry_masked": "08/XX",
    "disposition": "ACCEPTED",
}


@pytest.fixture
def planted(views: Warehouse) -> Iterator[Warehouse]:
    """Tables with a good row each, emptied afterwards."""
    for table in HASHED:
        plant(views, table)
    yield views
    for table in HASHED:
        views.run(f"delete from {table} where true")


def plant(warehouse: Warehouse, table: str, changes: Row | None = None, hours: float = 0.5) -> None:
    """Insert a row that was written some hours ago, good but for the changes."""
    written = datetime.now(UTC) - timedelta(hours=hours)
    times = dict.fromkeys(("ingested_at", "masking_timestamp", "event_time", "kafka_timestamp"), written)
    columns = {column.name for column in tables()[table].columns}
    row = {**GOOD, **times, **(changes or {})}
    insert(warehouse, table, {name: value for name, value in row.items() if name in columns})


def counted(warehouse: Warehouse) -> int:
    [[number]] = [row.values() for row in warehouse.run(CHECK.read_text())]
    assert isinstance(number, int)
    return number


def test_masked_rows_are_no_alarm(planted: Warehouse) -> None:
    plant(planted, "pii_masking_audit", {"disposition": "REJECTED", "pii_hash": None, "card_token": None})
    assert counted(planted) == 0


@pytest.mark.parametrize("table", HASHED)
@pytest.mark.parametrize("column", ["pii_hash", "card_token"])
def test_a_row_without_its_hash_is_found(planted: Warehouse, table: str, column: str) -> None:
    plant(planted, table, {column: ""})
    assert counted(planted) == 1


@pytest.mark.parametrize("column", ["pii_hash", "card_token"])
def test_a_row_of_the_audit_with_none_is_found(planted: Warehouse, column: str) -> None:
    plant(planted, "pii_masking_audit", {column: None})
    assert counted(planted) == 1


@pytest.mark.parametrize("table", PAYMENTS)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("credit_card_masked", "4111111111111111"),
        ("credit_card_masked", "4111-1111-1111-1111"),
        ("card_token", "4111111111111111"),
        ("cvv_masked", "917"),
        ("card_expiry_masked", "08/31"),
    ],
)
def test_card_data_is_found(planted: Warehouse, table: str, column: str, value: str) -> None:
    plant(planted, table, {column: value})
    assert counted(planted) == 1


@pytest.mark.parametrize(
    "written", ["4111111111111111", "4111.1111 1111_1111", "pan=4111111111111111!", "\uff14" + "\uff11" * 15]
)
@pytest.mark.parametrize("column", ["region", "device_id", "merchant_id"])
def test_a_card_number_in_another_column_is_found(planted: Warehouse, column: str, written: str) -> None:
    plant(planted, "payment_transactions", {"region": "US", "device_id": "d", "merchant_id": "m", column: written})
    assert counted(planted) == 1


def test_a_card_number_in_an_address_is_found(planted: Warehouse) -> None:
    plant(planted, "pii_masking_audit", {"user_email": "4111-1111-1111-1111@example.org"})
    assert counted(planted) == 1


@pytest.mark.parametrize("written", ["4111111111111112", "0b54cbf1-6d2b-4f0e-9f6e-1c4b8f0f4a11", "353918052107063"])
def test_a_lawful_number_is_no_alarm(planted: Warehouse, written: str) -> None:
    plant(planted, "payment_transactions", {"region": "US", "device_id": written, "merchant_id": "m"})
    assert counted(planted) == 0


def test_what_an_earlier_look_has_found_is_not_told_again(planted: Warehouse) -> None:
    plant(planted, "payment_transactions", {"credit_card_masked": "4111111111111111"}, hours=2.5)
    assert counted(planted) == 0
