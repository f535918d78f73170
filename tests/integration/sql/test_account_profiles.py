"""What is usual for an account, by the statements that BigQuery's scheduler runs each day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any

import pytest

from sql.daily import build_profiles
from sql.warehouse import Warehouse
from tests.integration.sql.rows import Row, insert, read

MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def account() -> str:
    return f"ACC_{token_hex(4)}"


def pay(warehouse: Warehouse, account: str, before: timedelta, **changes: object) -> None:
    row: Row = {
        "sender_account_id": account,
        "event_time": MIDNIGHT - before,
        "amount_usd": Decimal(10),
        "device_id": "phone",
        "merchant_id": "shop",
        "card_token": "a" * 64,
        "is_alert": False,
    }
    insert(warehouse, "payment_transactions_fraud", row | changes)


def built(warehouse: Warehouse, account: str, as_of: datetime = MIDNIGHT) -> dict[str, Any] | None:
    """Build what stands at a midnight anew; return the account's profile."""
    warehouse.run("delete from account_profiles where true")
    build_profiles(warehouse, as_of)
    return stored(warehouse, account)


def stored(warehouse: Warehouse, account: str) -> dict[str, Any] | None:
    names = "as_of, payments, last_event_time, habit_usd, device_ids, merchant_ids, card_tokens"
    rows = read(warehouse, "account_profiles", f"sender_account_id = '{account}'", names)
    return dict(zip(names.split(", "), rows[-1], strict=True)) if rows else None


def test_a_profile_tells_habit_devices_merchants_and_when_the_account_paid_last(views: Warehouse, account: str) -> None:
    for number, amount in enumerate(("3.00", "4.00", "5.00", "6.00", "700.00")):
        pay(views, account, (number + 1) * DAY, amount_usd=Decimal(amount), device_id=f"device {number % 2}")
    pay(views, account, 6 * DAY, amount_usd=Decimal(8), merchant_id="bakery", card_token="b" * 64)

    profile = built(views, account)
    assert profile is not None
    assert sorted(profile.pop("card_tokens")) == ["a" * 64, "b" * 64]
    assert profile == {
        "as_of": MIDNIGHT,
        "payments": 6,
        "last_event_time": MIDNIGHT - DAY,
        "habit_usd": Decimal(5),
        "device_ids": ["device 0", "device 1", "phone"],
        "merchant_ids": ["shop", "bakery"],
    }


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        pytest.param(timedelta(0), {}, id="made at midnight, of which nothing is known yet"),
        pytest.param(400 * DAY + timedelta(seconds=1), {}, id="longer ago than 400 days"),
        pytest.param(DAY, {"is_alert": True}, id="an alert"),
        pytest.param(DAY, {"is_alert": None, "is_velocity_fraud": True}, id="velocity fraud of an older release"),
        pytest.param(DAY, {"is_alert": None, "is_high_risk": True}, id="high risk of an older release"),
    ],
)
def test_what_is_no_part_of_a_profile(views: Warehouse, account: str, before: timedelta, changes: Row) -> None:
    pay(views, account, before, **changes)
    assert built(views, account) is None


def test_what_is_labelled_as_fraud_is_no_part_of_a_profile(views: Warehouse, account: str) -> None:
    transaction = f"TXN_{account}"
    label = {"transaction_id": transaction, "is_fraud": True, "observed_at": MIDNIGHT - timedelta(seconds=1)}
    insert(views, "payment_labels", label, label | {"transaction_id": f"{transaction}_", "observed_at": MIDNIGHT})
    pay(views, account, DAY, transaction_id=transaction)
    assert built(views, account) is None
    pay(views, account, DAY, transaction_id=f"{transaction}_")
    profile = built(views, account)
    assert profile is not None
    assert profile["payments"] == 1


def test_a_first_and_a_last_payment_of_the_time_that_counts_are_in(views: Warehouse, account: str) -> None:
    pay(views, account, timedelta(microseconds=1))
    pay(views, account, 400 * DAY)
    profile = built(views, account)
    assert profile is not None
    assert profile["payments"] == 2
    assert profile["habit_usd"] is None  # too few to tell


def test_devices_and_merchants_are_bounded_to_those_used_last(views: Warehouse, account: str) -> None:
    rows = [
        {"event_time": MIDNIGHT - number * DAY, "device_id": f"device {number}", "merchant_id": f"shop {number}"}
        for number in range(1, 206)
    ]
    common = {"sender_account_id": account, "amount_usd": Decimal(1), "card_token": "a" * 64, "is_alert": False}
    insert(views, "payment_transactions_fraud", *(common | row for row in rows))
    profile = built(views, account)
    assert profile is not None
    assert profile["device_ids"] == [f"device {number}" for number in range(1, 21)]
    assert profile["merchant_ids"] == [f"shop {number}" for number in range(1, 201)]


def test_a_day_is_built_once_and_two_days_are_kept(views: Warehouse, account: str) -> None:
    pay(views, account, 3 * DAY)
    built(views, account, MIDNIGHT - 2 * DAY)
    for as_of in (MIDNIGHT - DAY, MIDNIGHT, MIDNIGHT):
        build_profiles(views, as_of)
    found = read(views, "account_profiles", f"sender_account_id = '{account}'", "as_of")
    assert found == [(MIDNIGHT - DAY,), (MIDNIGHT,)]


def test_no_card_that_was_erased_while_profiles_were_built_stays_in_one(views: Warehouse, account: str) -> None:
    token = token_hex(32)
    pay(views, account, DAY, card_token=token)
    marks = {"card_token": token, "erasure_requested": True, "erasure_timestamp": MIDNIGHT + timedelta(minutes=31)}
    insert(views, "pii_masking_audit", marks)
    assert built(views, account) is None
