"""The health page over real stores."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import pytest
import redis
from playwright.sync_api import Page, expect

from fraud.health.stream import STATUS
from fraud.health.traffic import slot_keys
from fraud_stream.report.status import PassedOver, Reach, StreamStatus
from infra.local.functions.fraud_dashboard import FraudDashboard
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from tests.integration.fraud_dashboard.conftest import Raise

PROGRESS: dict[str, object] = {
    "rows_per_second": 50.0,
    "offsets_behind": 2_000,
    "durations_ms": {"triggerExecution": 1_500},
    "state_bytes": 4_000_000,
}


@pytest.fixture
def reported(redis_server: Redis) -> StreamStatus:
    """The status of a job that has written one batch."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.delete(STATUS, *slot_keys(datetime.now(UTC)))
    status = StreamStatus(redis_server.url, "/checkpoint")
    read_up_to = datetime.now(UTC) - timedelta(days=1)
    rows = {"accepted": 95, "duplicate": 4, "rejected": 1}
    passed_over = PassedOver(Counter({"REJECTED FUTURE_CLOCK event_time": 1}), Counter({60: 1}))
    status.count(0, rows, Reach(int(read_up_to.timestamp() * 1000), 41_500), passed_over)
    status.report(PROGRESS)
    return status


def state(page: Page, name: str) -> str:
    return " ".join(page.locator(f"#{name}").inner_text().split())


@pytest.mark.usefixtures("reported")
def test_figures_stand_beside_their_limits(page: Page, raise_alert: Raise) -> None:
    raise_alert()
    page.goto("/health-board")
    assert state(page, "stream_lag_seconds").endswith(" s Critical 30.0 s 300.0 s")
    assert state(page, "duplicate_ratio") == "Share of duplicates 4.00 % Within limits 5.00 %"
    assert state(page, "dead_letters_total") == "Dead letters (rejected) 1"
    said = "mostly FUTURE_CLOCK event_time; most clocks are 60 min ahead"
    assert state(page, "rejected_ratio") == (
        f"Share of rejected ones, lately {said} 1.00 % Within limits 5.00 % 50.00 %"
    )
    assert state(page, "state_bytes") == "State size 4.0 MB Within limits 300.0 MB 500.0 MB"
    assert "MB Within limits" in state(page, "redis_memory_bytes")
    assert "Unknown" not in state(page, "erasures_open") + state(page, "reviews_open")


def test_the_page_renews_itself(page: Page, reported: StreamStatus) -> None:
    page.goto("/health-board")
    expect(page.locator("#offsets_behind td").first).to_have_text("2,000")
    reported.report(PROGRESS | {"offsets_behind": 0})
    expect(page.locator("#offsets_behind td").first).to_have_text("0")
    assert state(page, "stream_lag_seconds") == "Stream lag 41.5 s Above the limit 30.0 s 300.0 s"


def test_what_cannot_be_read_is_unknown(page: Page, local_stack: LocalStack) -> None:
    local_stack._children["redis"].stop(4.0)
    try:
        page.goto("/health-board")
        assert "Unknown" in state(page, "stream_lag_seconds")
        assert "Unknown" not in state(page, "reviews_open")
    finally:
        local_stack.restart("redis")


@pytest.mark.usefixtures("reported")
def test_the_same_figures_are_metrics(dashboard: FraudDashboard) -> None:
    connection = HTTPConnection("127.0.0.1", dashboard.port, timeout=20)
    connection.request("GET", "/metrics")
    reply = connection.getresponse()
    lines = reply.read().decode().splitlines()
    connection.close()
    assert reply.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    assert {"fraud_accepted_total 95", "fraud_duplicates_total 4", "fraud_dead_letters_total 1"} <= set(lines)
