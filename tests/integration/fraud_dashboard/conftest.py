"""The page as its own process, looked at in a real browser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from google.cloud import firestore
from playwright.sync_api import Browser, Page, expect

from fraud.alert import Alert
from fraud_service import clients, settings
from fraud_stream.alert_cache import AlertCache
from infra.local.bigquery import DATASET, BigQuery
from infra.local.fraud_dashboard import FraudDashboard
from infra.local.redis import Redis
from infra.local.stack import LocalStack
from sql.warehouse import Warehouse
from tests.browser import chromium
from tests.builders import make_alert
from tests.integration.conftest import opened_dataset

Raise = Callable[..., Alert]

expect.set_options(timeout=20_000)  # a limit for a busy machine: what is expected comes within milliseconds


@pytest.fixture(scope="session")
def dashboard(local_stack: LocalStack) -> FraudDashboard:
    local_stack.start("fraud_dashboard")
    component = local_stack.component("fraud_dashboard")
    assert isinstance(component, FraudDashboard)
    return component


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; ended with these tests, since Playwright keeps an event loop running that others would meet."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def raise_alerts(redis_server: Redis) -> Callable[[list[Alert]], None]:
    """Write alerts as the job does."""
    return AlertCache(redis_server.url).write


@pytest.fixture
def raise_alert(raise_alerts: Callable[[list[Alert]], None]) -> Raise:
    """Write one alert as the job does, changed by keyword, of a payment of this moment."""

    def write(**changes: object) -> Alert:
        alert = make_alert(**{"event_time": datetime.now(UTC)} | changes)
        raise_alerts([alert])
        return alert

    return write


@pytest.fixture
def page(browser: Browser, dashboard: FraudDashboard) -> Iterator[Page]:
    """The live page, at the stream's present end; a script's error or a breach of the policy fails the test."""
    context = browser.new_context(base_url=dashboard.url, viewport={"width": 1400, "height": 850})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    opened.goto("/fraud-alerts")
    opened.wait_for_selector("#connection[data-state=live]")
    yield opened
    context.close()
    assert faults == []


@pytest.fixture
def no_alerts(redis_server: Redis, dashboard: FraudDashboard, local_stack: LocalStack) -> None:
    """Leave no alert of other tests, neither in Redis nor in the page's memory."""
    del dashboard
    AlertCache(redis_server.url)._client.flushdb()
    local_stack.restart("fraud_dashboard")


@pytest.fixture
def store(
    dashboard: FraudDashboard, local_stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    """The record that the page reads and writes; the functions' own clients reach the same stores."""
    del dashboard
    for name, value in local_stack.environment.items():
        monkeypatch.setenv(name, value)
    yield clients.documents()
    for kept in (clients.documents, clients.cache_client, clients.publisher, settings.project):
        kept.cache_clear()


@pytest.fixture
def warehouse(bigquery: BigQuery) -> Iterator[Warehouse]:
    """The dataset that the page reads."""
    with opened_dataset(bigquery, DATASET) as dataset:
        yield dataset


def sign_in(page: Page, name: str = "jo") -> None:
    """Say who looks at the page."""
    page.get_by_label("You are").fill(name)
    page.get_by_role("button", name="Set").click()
    expect(page.locator(".person")).to_have_text(name)
