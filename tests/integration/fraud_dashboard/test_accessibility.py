"""Every page, in both colour schemes and at phone width, as axe-core judges it."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fraud.scoring.velocity import Severity
from tests.integration.fraud_dashboard.conftest import Raise, look_at_alerts

PAGES = [
    "/fraud-alerts",
    "/campaigns",
    "/reviews",
    "/rules",
    "/lists",
    "/models",
    "/models/suppressed",
    "/accounts",
    "/subjects",
    "/health-board",
]
NARROW = [360, 640]
"""A phone, and a window of 1280 px at 200 %: half as many of CSS are left."""


@pytest.fixture
def alerts(raise_alert: Raise) -> None:
    raise_alert(transaction_id="TXN_high")
    raise_alert(transaction_id="TXN_critical", severity=Severity.CRITICAL)


def serious(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def serious_everywhere(page: Page) -> list[Any]:
    """Return what axe finds in light, in the dark, and on a phone, and where narrow windows have to scroll sideways."""
    page.emulate_media(reduced_motion="reduce")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found += serious(page)
    found += [too_wide for width in NARROW if (too_wide := overflowing(page, width))]
    page.set_viewport_size({"width": NARROW[0], "height": 800})
    return found + serious(page)


def overflowing(page: Page, width: int) -> list[Any]:
    """Return what makes a page wider than a window."""
    page.set_viewport_size({"width": width, "height": 800})
    if page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"):
        return []
    wide = "[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth)"
    return [width, page.evaluate(f"{wide}.slice(0, 5).map(one => one.outerHTML.slice(0, 100))")]


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_keeps_people_out_and_nothing_is_too_wide(page: Page, path: str) -> None:
    page.goto(path)
    if path == "/fraud-alerts":
        expect(page.locator("#rows tbody tr").first).to_be_visible()
    assert serious_everywhere(page) == []


@pytest.mark.usefixtures("alerts")
def test_the_details_are_accessible_too(page: Page) -> None:
    look_at_alerts(page).locator("#rows .open").first.click()
    assert serious(page) == []
