"""Each component stopped in turn: page and sign say which, since when, and what to do; and when it is back."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from fraud.health.components import ADVICE, Component, section
from infra.local.stack.local_stack import LocalStack
from tests.integration.fraud_dashboard.conftest import look_at_alerts

WITHIN_MS = 30_000
SERVERS = {
    Component.KAFKA: "kafka",
    Component.REDIS: "redis",
    Component.FIRESTORE: "firestore",
    Component.BIGQUERY: "bigquery",
    Component.PUBSUB: "pubsub",
}


@contextmanager
def frozen(local_stack: LocalStack, name: str) -> Iterator[None]:
    """Take every connection and answer none: the worst that a server does."""
    os.kill(local_stack.pids[name], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(local_stack.pids[name], signal.SIGCONT)


@pytest.mark.parametrize(("component", "name"), SERVERS.items(), ids=SERVERS.values())
def test_what_does_not_answer_is_named_within_half_a_minute(
    page: Page, local_stack: LocalStack, component: Component, name: str
) -> None:
    row = page.locator(f"#{section(component)}")
    page.goto("/health-board")
    expect(row).to_contain_text("Answers", timeout=WITHIN_MS)
    with frozen(local_stack, name):
        began = datetime.now(UTC)
        expect(row).to_contain_text("Down", timeout=WITHIN_MS)
        expect(row).to_contain_text(ADVICE[component])
        since = datetime.fromisoformat(str(row.locator("td:nth-child(4) time").get_attribute("datetime")))
        assert abs(since - began) < timedelta(seconds=WITHIN_MS / 1000)
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"{component} does not answer")
        page.goto("/fraud-alerts")
        told = "Alert store down" if component is Component.REDIS else rf"{component} down since \d\d:\d\d:\d\d"
        expect(page.locator("#connection")).to_have_text(re.compile(told), timeout=WITHIN_MS)
        expect(page.get_by_role("alert")).to_contain_text("answer")
    expect(page.locator("#connection")).not_to_contain_text("down", timeout=2 * WITHIN_MS)
    look_at_alerts(page)
