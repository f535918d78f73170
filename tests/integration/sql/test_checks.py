"""The look for unmasked rows, which alarms people once an hour: each kind of bad row, planted alone, is found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from infra.components.monitoring import CHECK
from sql.schema import tables
from sql.warehouse import Warehouse
from tests.integration.sql.rows import Row, insert

HASH = "0a" * 32
PLANTED = "TXN_PLANTED"
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


@dataclass(frozen=True)
class Planted:
    """Tables with a good row each, and the one that a test adds."""

    warehouse: Warehouse
    changed: list[str] = field(default_factory=list)

    def plant(self, table: str, changes: Row | None = None, hours: float = 0.5) -> None:
        """Insert a row that was written some hours ago, good but for the changes."""
        self.changed.append(table)
        plant(self.warehouse, table, {"transaction_id": PLANTED, **(changes or {})}, hours)

    def counted(self) -> int:
        """Return how many rows the look finds."""
        [[number]] = [row.values() for row in self.warehouse.run(CHECK.read_text())]
        assert isinstance(number, int)
        return number


@pytest.fixture(scope="module")
def good_rows(views: Warehouse) -> Warehouse:
    """Tables with a good row each."""
    for table in HASHED:
        plant(views, table, {})
    return views


@pytest.fixture
def planted(good_rows: Warehouse) -> Iterator[Planted]:
    """The same tables, without what the test added afterwards."""
    planted = Planted(good_rows)
    yield planted
    for table in planted.changed:
        good_rows.run(f"delete from {table} where transaction_id = '{PLANTED}'")


def plant(warehouse: Warehouse, table: str, changes: Row, hours: float = 0.5) -> None:
    written = datetime.now(UTC) - timedelta(hours=hours)
    times = dict.fromkeys(("ingested_at", "masking_timestamp", "event_time", "kafka_timestamp"), written)
    columns = {column.name for column in tables()[table].columns}
    row = {**GOOD, **times, **changes}
    insert(warehouse, table, {name: value for name, value in row.items() if name in columns})


def test_masked_rows_are_no_alarm(planted: Planted) -> None:
    planted.plant("pii_masking_audit", {"disposition": "REJECTED", "pii_hash": None, "card_token": None})
    assert planted.counted() == 0


@pytest.mark.parametrize("table", HASHED)
@pytest.mark.parametrize("column", ["pii_hash", "card_token"])
def test_a_row_without_its_hash_is_found(planted: Planted, table: str, column: str) -> None:
    planted.plant(table, {column: ""})
    assert planted.counted() == 1


@pytest.mark.parametrize("column", ["pii_hash", "card_token"])
def test_a_row_of_the_audit_with_none_is_found(planted: Planted, column: str) -> None:
    planted.plant("pii_masking_audit", {column: None})
    assert planted.counted() == 1


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
def test_card_data_is_found(planted: Planted, table: str, column: str, value: str) -> None:
    planted.plant(table, {column: value})
    assert planted.counted() == 1


@pytest.mark.parametrize(
    "written", ["4111111111111111", "4111.1111 1111_1111", "pan=4111111111111111!", "\uff14" + "\uff11" * 15]
)
@pytest.mark.parametrize("column", ["region", "device_id", "merchant_id"])
def test_a_card_number_in_another_column_is_found(planted: Planted, column: str, written: str) -> None:
    planted.plant("payment_transactions", {"region": "US", "device_id": "d", "merchant_id": "m", column: written})
    assert planted.counted() == 1


def test_a_card_number_in_an_address_is_found(planted: Planted) -> None:
    planted.plant("pii_masking_audit", {"user_email": "4111-1111-1111-1111@example.org"})
    assert planted.counted() == 1


@pytest.mark.parametrize("written", ["4111111111111112", "0b54cbf1-6d2b-4f0e-9f6e-1c4b8f0f4a11", "353918052107063"])
def test_a_lawful_number_is_no_alarm(planted: Planted, written: str) -> None:
    planted.plant("payment_transactions", {"region": "US", "device_id": written, "merchant_id": "m"})
    assert planted.counted() == 0


def test_what_an_earlier_look_has_found_is_not_told_again(planted: Planted) -> None:
    planted.plant("payment_transactions", {"credit_card_masked": "4111111111111111"}, hours=2.5)
    assert planted.counted() == 0
