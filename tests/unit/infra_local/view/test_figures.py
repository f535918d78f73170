import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from infra.local.view.figures import Figures, Scored, latency_ms, live_alert

APPENDED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def scored(latency_ms: int) -> Scored:
    return Scored(
        event_time=APPENDED,
        sender_account_id="ACC_1",
        amount=Decimal("1.00"),
        currency="USD",
        region="US",
        velocity_60s=4,
        fraud_score=40,
        severity="HIGH",
        kafka_timestamp=APPENDED,
        ingested_at=APPENDED + timedelta(milliseconds=latency_ms),
    )


@pytest.mark.parametrize(("waits", "expected"), [([], None), ([120], 120), ([100, 900, 200], 200), ([100, 200], 150)])
def test_latency_is_the_median_wait(waits: Sequence[int], expected: float | None) -> None:
    assert latency_ms([scored(wait) for wait in waits]) == expected


def test_received_is_every_position() -> None:
    assert Figures({"ACCEPTED": 7, "DUPLICATE": 2, "LATE": 1}).received == 10


def test_an_alert_is_read_with_its_exact_amount_and_without_the_rest() -> None:
    document = {
        "schema_version": 1,
        "transaction_id": "T1",
        "sender_account_id": "ACC_1",
        "severity": "HIGH",
        "type": "VELOCITY",
        "velocity_60s": 4,
        "fraud_score": 40,
        "amount": 0.1,
        "currency": "USD",
        "card_token": "ab",
    }
    shown = live_alert(json.dumps(document))
    assert shown is not None
    assert shown.amount == Decimal("0.1")


@pytest.mark.parametrize("foreign", [b"", b"hello", b"[]", b'{"transaction_id": "TXN"}'])
def test_what_somebody_else_has_put_into_the_stream_is_not_shown(foreign: bytes) -> None:
    assert live_alert(foreign) is None
