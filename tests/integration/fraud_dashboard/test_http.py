"""The page's HTTP: event streams resumed by position, headers, errors."""

import json
from typing import Any

import pytest

from infra.local.functions.fraud_dashboard import FraudDashboard
from tests.integration.fraud_dashboard.conftest import Raise
from tests.integration.fraud_dashboard.streams import batches, opened


def ids(batch: dict[str, Any]) -> list[str]:
    return [alert["transaction_id"] for alert in batch["alerts"]]


def test_a_stream_resumes_after_the_position_it_is_given(dashboard: FraudDashboard, raise_alert: Raise) -> None:
    raise_alert(transaction_id="TXN_1")
    with opened(dashboard, "/fraud-alerts/events") as stream:
        received = batches(stream)
        position, batch = next(received)
        assert batch["starts_anew"]
        while ids(batch)[-1:] != ["TXN_1"]:
            position, batch = next(received)
    raise_alert(transaction_id="TXN_2")
    raise_alert(transaction_id="TXN_3")

    for path, headers in (("", {"Last-Event-ID": position}), (f"?after={position}", {})):
        with opened(dashboard, f"/fraud-alerts/events{path}", headers) as stream:
            seen: list[str] = []
            for _, batch in batches(stream):
                assert not batch["starts_anew"]
                seen += ids(batch)
                if len(seen) >= 2:
                    break
        assert seen == ["TXN_2", "TXN_3"]


def test_no_token_and_no_hash_reaches_a_browser(dashboard: FraudDashboard, raise_alert: Raise) -> None:
    raise_alert(card_token="c0ffee" * 10, pii_hash="decaf0" * 10)
    with opened(dashboard, "/fraud-alerts/events") as stream:
        batch = next(batch for _, batch in batches(stream) if batch["alerts"])
    assert "c0ffee" not in json.dumps(batch)
    assert "decaf0" not in json.dumps(batch)


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/fraud-alerts/events?after=yesterday", 400, "after"),
        ("/fraud-alerts/events?after=1-2-3", 400, "after"),
        ("/nothing", 404, None),
        ("/static/..%2fview.py", 404, None),
    ],
)
def test_errors_are_problem_json(dashboard: FraudDashboard, path: str, status: int, field: str | None) -> None:
    with opened(dashboard, path) as reply:
        problem = json.loads(reply.read())
    assert (reply.status, problem["status"], problem.get("field")) == (status, status, field)
    assert reply.getheader("Content-Type") == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "cache"), [("/fraud-alerts", "no-store"), ("/static/alerts.js", "no-cache"), ("/healthz", "no-store")]
)
def test_every_answer_is_protected(dashboard: FraudDashboard, path: str, cache: str) -> None:
    with opened(dashboard, path) as reply:
        reply.read()
    assert reply.status == 200
    assert reply.getheader("Cache-Control") == cache
    assert reply.getheader("X-Content-Type-Options") == "nosniff"
    policy = reply.getheader("Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_bare_address_leads_to_the_alerts(dashboard: FraudDashboard) -> None:
    with opened(dashboard, "/") as reply:
        assert (reply.status, reply.getheader("Location")) == (303, "/fraud-alerts")
