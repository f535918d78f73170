"""Nothing jumps while alerts pour in."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from fraud.alerts.alert import Alert
from tests.builders import make_alert
from tests.integration.fraud_dashboard.conftest import look_at_alerts

pytestmark = pytest.mark.usefixtures("no_alerts")


@pytest.fixture
def page(page: Page) -> Page:
    return look_at_alerts(page)


FLOOD = 300
AT_ONCE = 10
STILL = 0.001
"""A shift of the whole layout by a pixel on a desk's screen; Core Web Vitals call a sum up to 0.1 good."""

_COUNT_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const moved = entry.sources.map(({ node }) => (node?.closest ? node : node?.parentElement));
    const places = moved.map((one) => (one?.closest("#scroll") ? "list" : "page"));
    window.shifts.push({ value: entry.value, places });
  }
}).observe({ type: "layout-shift" });
"""

RaiseAlerts = Callable[[list[Alert]], None]


def flood(raise_alerts: RaiseAlerts, start: int, number: int) -> None:
    """Write alerts of ten accounts in three regions as fast as Redis takes them."""
    for first in range(start, start + number, AT_ONCE):
        moment, ids = datetime.now(UTC), range(first, first + AT_ONCE)
        raise_alerts(
            [
                make_alert(
                    transaction_id=f"TXN_{one}",
                    sender_account_id=f"ACC_{one % 10}",
                    region=("GB", "US", "DE")[one % 3],
                    event_time=moment,
                )
                for one in ids
            ]
        )


def shifted(page: Page, place: str) -> float:
    """Return by how much the layout has shifted in a place."""
    shifts = page.evaluate("window.shifts")
    return sum(float(shift["value"]) for shift in shifts if place in shift["places"])


def test_only_the_followed_list_moves_under_a_flood(page: Page, raise_alerts: RaiseAlerts) -> None:
    flood(raise_alerts, 0, 100)
    expect(page.locator("#regions button")).to_have_count(3)
    expect(page.locator("#accounts li")).to_have_count(10)
    page.evaluate(_COUNT_SHIFTS)
    flood(raise_alerts, 100, FLOOD)
    expect(page.locator("#last-hour")).to_have_text(str(100 + FLOOD))
    assert shifted(page, "list") > STILL  # the observer sees what moves
    assert shifted(page, "page") < STILL


def test_nothing_at_all_moves_under_a_flood_while_somebody_reads(page: Page, raise_alerts: RaiseAlerts) -> None:
    flood(raise_alerts, 0, 100)
    expect(page.locator("#rows tbody tr")).to_have_count(100)
    read = page.locator("#rows tbody tr").nth(50)
    read.scroll_into_view_if_needed()
    expect(page.locator("#accounts li")).to_have_count(10)
    identity, before = read.get_attribute("data-id"), read.bounding_box()
    page.evaluate(_COUNT_SHIFTS)
    flood(raise_alerts, 100, FLOOD)
    expect(page.locator("#held")).to_have_text(f"↑ {FLOOD} new alerts")
    expect(page.locator("#last-hour")).to_have_text(str(100 + FLOOD))

    assert page.locator(f"[data-id='{identity}']").bounding_box() == before
    assert shifted(page, "list") + shifted(page, "page") < STILL
    page.locator("#held").click()
    expect(page.locator("#held")).to_be_hidden()
    expect(page.locator("#rows tbody tr")).to_have_count(200)
    assert page.locator("#scroll").evaluate("list => list.scrollTop") == 0
