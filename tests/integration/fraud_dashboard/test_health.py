"""The health page over real stores."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from time import time

import pytest
import redis
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.cards import Action
from fraud.health.stream import REPORTED, STATUS
from fraud.health.traffic import slot_keys
from fraud.reviews import ReviewState, Verdict, opened
from fraud_service.reviews.record import Reviews
from fraud_service.stores.documents import to_document
from fraud_stream.report.status import PassedOver, Reach, StreamStatus
from infra.local.functions.fraud_dashboard import FraudDashboard
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from tests.builders import NOON, make_alert
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


def test_a_job_that_is_frozen_is_said_to_be(page: Page, reported: StreamStatus) -> None:
    reported.report(PROGRESS | {"offsets_behind": 0})
    reported._client.hset(STATUS, REPORTED, int(time()) - 45)
    page.goto("/health-board")
    expect(page.get_by_role("heading", level=1)).to_contain_text("detection silent for 4")
    assert re.match(r"Stream lag 4\d\.\d s Above the limit", state(page, "stream_lag_seconds"))


def test_two_verdicts_are_no_rate(page: Page, store: firestore.Client) -> None:
    for verdict in Verdict:
        made = opened(make_alert(transaction_id=f"TXN_{verdict}"), Action.MANUAL_REVIEW, "rule:r@1", "why", NOON)
        decided = {"state": ReviewState.DECIDED, "verdict": verdict, "decided_at": datetime.now(UTC)}
        Reviews(store).reference(made.transaction_id).set(to_document(made) | decided)
    page.goto("/health-board")
    assert re.fullmatch(r"False positives, 30 days \W 5.00 % 10.00 %", state(page, "false_positive_ratio"))


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
        expect(page.get_by_role("heading", level=1)).to_have_text("Health Redis does not answer")
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
