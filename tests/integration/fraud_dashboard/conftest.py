"""The page as its own process, looked at in a real browser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from secrets import randbits
from typing import Any

import pytest
from google.cloud import firestore
from playwright.sync_api import Browser, Page, expect

from fraud.alerts.alert import Alert
from fraud.alerts.names import REVISION
from fraud_service import settings
from fraud_service.pubsub.topic import publisher
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents as documents_client
from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.functions.fraud_dashboard import FraudDashboard
from infra.local.servers.bigquery import DATASET, BigQuery
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from sql.warehouse import Warehouse
from tests.browser import chromium
from tests.builders import make_alert
from tests.integration.conftest import opened_dataset
from tests.integration.fraud_dashboard.streams import batches, opened
from tests.integration.local.waiting import wait_until

Raise = Callable[..., Alert]

expect.set_options(timeout=20_000)  # a limit for a busy machine: what is expected comes within milliseconds


@pytest.fixture(scope="session")
def dashboard(local_stack: LocalStack) -> FraudDashboard:
    local_stack.start("kafka", "bigquery", "fraud_dashboard")
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
    """An empty page, to which addresses are relative; a script's error or a breach of the policy fails the test."""
    context = browser.new_context(base_url=dashboard.url, viewport={"width": 1400, "height": 850})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    context.close()
    assert faults == []


def look_at_alerts(page: Page) -> Page:
    """Open the live page, at the stream's present end."""
    page.goto("/fraud-alerts")
    page.wait_for_selector("#connection:is([data-state=live], [data-state=awaited], [data-state=silent])")
    return page


@pytest.fixture
def no_alerts(redis_server: Redis, dashboard: FraudDashboard) -> None:
    """Leave no alert of other tests, neither in Redis nor in the page's memory, which an erasure reaches too."""
    client = AlertCache(redis_server.url)._client
    client.flushdb()
    client.set(REVISION, randbits(48))
    wait_until(lambda: _first_batch(dashboard)["alerts"] == [], 20.0)


def _first_batch(dashboard: FraudDashboard) -> dict[str, Any]:
    """Return the alerts that a new page is given."""
    with opened(dashboard, "/fraud-alerts/events") as stream:
        _, batch = next(batches(stream))
        return batch


@pytest.fixture
def store(
    dashboard: FraudDashboard, local_stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    """The record that the page reads and writes; the functions' own clients reach the same stores."""
    del dashboard
    for name, value in local_stack.environment.items():
        monkeypatch.setenv(name, value)
    yield documents_client()
    for kept in (documents_client, cache_client, publisher, settings.project):
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
