"""Every page, in both colour schemes and at phone width, as axe-core judges it."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fraud.velocity import Severity
from tests.integration.fraud_dashboard.conftest import Raise

PAGES = ["/fraud-alerts", "/reviews", "/rules", "/accounts", "/subjects", "/health-board"]
WIDTHS = [375, 700, 1400]
"""A phone, a small window at 200 % (axe and the browser see half its width), and a desk."""


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
    """Return what axe finds in light, in the dark, and on a phone."""
    page.emulate_media(reduced_motion="reduce")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        found += serious(page)
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    return found + serious(page)


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_keeps_people_out(page: Page, path: str) -> None:
    page.goto(path)
    if path == "/fraud-alerts":
        expect(page.locator("#rows tbody tr").first).to_be_visible()
    assert serious_everywhere(page) == []


@pytest.mark.usefixtures("alerts")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_width(page: Page, path: str) -> None:
    page.goto(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("alerts")
def test_the_details_are_accessible_too(page: Page) -> None:
    page.locator("#rows .open").first.click()
    assert serious(page) == []
