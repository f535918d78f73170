"""One account's payments in the browser, out of the emulator's BigQuery."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import randbelow, token_hex
from urllib.parse import urlencode

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud_service.looks import Looks, What
from infra.local.stack.local_stack import LocalStack
from sql.warehouse import Warehouse
from tests.integration.fraud_dashboard.conftest import Raise, look_at_alerts
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere
from tests.integration.sql.rows import Row, insert

TABLE = "payment_transactions_fraud"

Store = Callable[..., None]


@pytest.fixture
def start() -> datetime:
    """A few minutes ago."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)


@pytest.fixture
def store_tries(warehouse: Warehouse, start: datetime) -> Store:
    """Store five tries of one account within 40 s, as the job scores them, and one payment in yen an hour before."""

    def store(account: str) -> None:
        tries = [tried(account, number, start) for number in range(1, 6)]
        yen = {"currency": "JPY", "amount": Decimal(1200), "region": "JP", "device_id": "tablet"}
        insert(warehouse, TABLE, *tries, tried(account, 1, start) | yen | {"event_time": start - timedelta(hours=1)})

    return store


def tried(account: str, number: int, start: datetime) -> Row:
    return {
        "transaction_id": f"TXN_{token_hex(4)}_{number}",
        "sender_account_id": account,
        "event_time": start + timedelta(seconds=10 * number),
        "amount": Decimal("0.10"),
        "currency": "USD",
        "region": "US",
        "device_id": "phone",
        "credit_card_masked": "XXXX-XXXX-XXXX-1111",
        "card_token": "c0ffee" * 10,
        "pii_hash": "decaf0" * 10,
        "velocity_60s": number,
        "velocity_5m": number,
        "is_velocity_fraud": number > 3,
        "severity": {4: "HIGH", 5: "CRITICAL"}.get(number),
        "risk_flags": ["VELOCITY_60S"] if number > 3 else [],
    }


def address(account: str) -> str:
    return f"/accounts?{urlencode({'account': account})}"


def figures(page: Page) -> dict[str, str]:
    return dict(
        zip(page.locator(".figures dt").all_inner_texts(), page.locator(".figures dd").all_inner_texts(), strict=True)
    )


@pytest.mark.parametrize("kind", ["ACC_", "<script>alert(1)</script>", "a/b//..", "%2F?&='\""])
def test_an_account_is_drawn_and_listed_whatever_its_id(page: Page, store_tries: Store, kind: str) -> None:
    account = f"{kind}{token_hex(3)}"
    store_tries(account)
    page.goto("/accounts")
    page.get_by_label("Account").fill(account)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(account)
    assert figures(page) == {
        "Payments": "6",
        "Alerts": "2",
        "Devices": "2",
        "Regions": "2",
        "Sum, JPY": "1,200 JPY",
        "Sum, USD": "0.50 USD",
    }
    rows = page.locator("#payments tbody tr")
    assert [row.locator(".badge").all_inner_texts() for row in rows.all()] == [["CRITICAL"], ["HIGH"], [], [], [], []]
    expect(rows.first).to_contain_text("0.10 USD")
    expect(page.locator(".timeline .window")).to_have_count(2)
    expect(page.locator(".timeline .payment")).to_have_count(3)
    assert "5 payments, 2 alerts, at most 5 in 60 s" in (
        page.locator(".timeline svg").get_attribute("aria-label") or ""
    )
    assert "c0ffee" not in page.content()
    assert "decaf0" not in page.content()


def test_a_moment_draws_the_minutes_around_it(page: Page, store_tries: Store) -> None:
    account = f"ACC_{token_hex(6)}"
    store_tries(account)
    page.goto(address(account))
    page.locator("#payments tbody tr").last.get_by_role("link").first.click()
    expect(page.locator(".timeline .payment")).to_have_count(1)
    expect(page.locator(".timeline .window")).to_have_count(0)


def test_an_alert_leads_to_its_account(page: Page, raise_alert: Raise, store_tries: Store, start: datetime) -> None:
    account = f"ACC_{token_hex(6)}"
    store_tries(account)
    raise_alert(sender_account_id=account, event_time=start)
    look_at_alerts(page).locator("#rows").get_by_role("button", name=account).first.click()
    page.get_by_role("dialog").get_by_role("link", name=account).click()
    expect(page.locator(".timeline .window")).to_have_count(2)


def test_an_account_is_accessible_at_every_width(page: Page, store_tries: Store) -> None:
    account = f"ACC_{token_hex(6)}"
    store_tries(account)
    page.goto(address(account))
    assert serious_everywhere(page) == []


@pytest.mark.usefixtures("bigquery")
def test_an_account_without_payments_is_said_to_have_none(page: Page) -> None:
    page.goto(address("nobody"))
    expect(page.locator(".empty")).to_contain_text("no payment")


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-01T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_what_is_no_moment_is_refused_by_name(page: Page, moment: str) -> None:
    reply = page.request.get(f"/accounts?account=a&{urlencode({'around': moment})}")
    assert (reply.status, reply.json()["field"]) == (400, "around")


@pytest.mark.usefixtures("bigquery")
def test_a_store_out_of_reach_is_said_so(page: Page, local_stack: LocalStack) -> None:
    local_stack._children["bigquery"].stop(4.0)
    try:
        reply = page.goto(address("ACC_1"))
        assert reply is not None
        assert reply.status == 503
        expect(page.get_by_role("alert")).to_contain_text("BigQuery does not answer")
    finally:
        local_stack.restart("bigquery")


@pytest.fixture
def linked(warehouse: Warehouse, start: datetime) -> tuple[str, str, str]:
    """Three accounts: the second shares card and device with the first, the third its network, forty days ago."""
    first, second, third = (f"ACC_{token_hex(6)}" for _ in range(3))
    card, device, network = token_hex(32), token_hex(6), f"198.{randbelow(250)}.{randbelow(250)}.0/24"
    mine = {"card_token": card, "device_id": device, "ip_address": network}
    long_ago = {"event_time": start - timedelta(days=40), "card_token": token_hex(32), "device_id": token_hex(6)}
    own = {"receiver_account_id": token_hex(6)}
    insert(
        warehouse,
        TABLE,
        tried(first, 1, start) | mine | {"receiver_account_id": token_hex(6)},
        tried(second, 2, start) | mine | {"ip_address": f"{token_hex(4)}::/48", "receiver_account_id": token_hex(6)},
        tried(third, 3, start) | mine | long_ago | own,
    )
    return first, second, third


def test_links_tell_who_shares_what(page: Page, linked: tuple[str, str, str], store: firestore.Client) -> None:
    first, second, third = linked
    answer = page.request.get(f"/accounts/{first}/links")
    assert answer.status == 200
    found = answer.json()
    assert [(one["account"], [kind for kind, _ in one["shares"]]) for one in found["accounts"]] == [
        (second, ["CARD", "DEVICE"])
    ]
    assert {one["kind"]: one["accounts"] for one in found["shared"]} == {
        "CARD": 1,
        "DEVICE": 1,
        "NETWORK": 0,
        "RECEIVER": 0,
    }
    assert third not in answer.text(), "forty days ago is too long ago"
    assert len(Looks(store).at(What.ACCOUNT, first)) == 1


def test_an_account_s_name_that_is_none_is_refused(page: Page) -> None:
    answer = page.request.get(f"/accounts/{'x' * 65}/links")
    assert answer.status == 400
    assert "account" in answer.text()


def test_the_page_leads_to_linked_accounts(page: Page, linked: tuple[str, str, str]) -> None:
    first, second, _ = linked
    page.goto(address(first))
    links = page.locator("#links")
    expect(links.locator("#shared tbody tr")).to_have_count(2)
    assert "c0ffee" not in page.content()
    links.get_by_role("link", name=second).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
    expect(page.locator("#links").get_by_role("link", name=first)).to_be_visible()
