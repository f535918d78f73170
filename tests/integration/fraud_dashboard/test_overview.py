"""The last hour beside the list: figures, regions, and what the title tells."""

import pytest
from playwright.sync_api import Page, expect

from fraud.scoring.velocity import Severity
from tests.integration.fraud_dashboard.conftest import Raise, look_at_alerts

pytestmark = pytest.mark.usefixtures("no_alerts")


@pytest.fixture
def page(page: Page) -> Page:
    return look_at_alerts(page)


def test_a_region_shows_its_alerts_alone(page: Page, raise_alert: Raise) -> None:
    raise_alert(sender_account_id="ACC_gb", transaction_id="TXN_1", region="GB")
    raise_alert(sender_account_id="ACC_us", transaction_id="TXN_2", region="US")
    raise_alert(sender_account_id="ACC_us", transaction_id="TXN_3", region="US", severity=Severity.CRITICAL)
    regions = page.locator("#regions button")
    expect(regions).to_have_text(["US2 2 alerts, 1 critical", "GB1 1 alert, 0 critical"])
    critical, high = (regions.first.locator(f"rect.{name}").get_attribute("width") for name in ("critical", "high"))
    assert (critical, high) == ("50.00", "50.00")

    regions.nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rows .open")).to_have_text(["ACC_gb"])
    expect(regions.nth(1)).to_have_attribute("aria-pressed", "true")
    assert page.get_by_role("combobox", name="Region").input_value() == "GB"
    page.keyboard.press("Enter")
    expect(page.locator("#rows .open")).to_have_count(3)


def test_nothing_moves_under_a_pointer(page: Page, raise_alert: Raise) -> None:
    raise_alert(transaction_id="TXN_1", region="GB")
    first = page.locator("#regions button").first
    expect(first).to_contain_text("GB")
    first.hover()
    raise_alert(transaction_id="TXN_2", region="US")
    raise_alert(transaction_id="TXN_3", region="US")
    raise_alert(transaction_id="TXN_4", region="GB")
    expect(first).to_contain_text("2 alerts")
    expect(page.locator("#regions button")).to_have_count(1)
    page.mouse.move(0, 0)
    expect(page.locator("#regions .name")).to_have_text(["GB", "US"])


def test_the_title_counts_what_came_while_nobody_saw_the_page(page: Page, raise_alert: Raise) -> None:
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    raise_alert(transaction_id="TXN_1")
    expect(page).to_have_title("(1) Live alerts · Fraud desk")
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title("Live alerts · Fraud desk")


def test_the_filter_survives_a_reload_and_names_nobody(page: Page, raise_alert: Raise) -> None:
    raise_alert(sender_account_id="ACC_a", transaction_id="TXN_1", region="GB", fraud_score=70)
    raise_alert(sender_account_id="ACC_b", transaction_id="TXN_2", region="US")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    page.get_by_label("Search").fill("acc_")
    page.get_by_role("combobox", name="Region").select_option("GB")
    page.get_by_label("Score from").fill("60")
    page.get_by_label("Group incidents").check()
    assert page.url.endswith("/fraud-alerts?region=GB&score=60&incidents=on")

    page.reload()
    expect(page.locator("#rows .open")).to_have_text(["ACC_a"])
    expect(page.locator("#alerts-title")).to_have_text("Incidents")
    page.goto("/fraud-alerts?severity=%3Cb%3E&score=x")
    expect(page.locator("#rows .open")).to_have_count(2)
