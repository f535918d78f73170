"""Alerts as the job publishes them, and pushes as Pub/Sub makes them."""

import base64
import json
from datetime import timedelta
from http.client import HTTPConnection
from secrets import token_hex

from fraud.alerts.alert import Alert
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert
from tests.integration.alert_fanout.conftest import System
from tests.integration.local.waiting import wait_until


def burst(size: int, every: float = 10) -> list[Alert]:
    """Return alerts of a new account, the first HIGH, the rest CRITICAL."""
    account, severities = f"ACC_{token_hex(4)}", [Severity.HIGH, *[Severity.CRITICAL] * (size - 1)]
    return [
        make_alert(
            transaction_id=f"TXN_{account}_{number}",
            sender_account_id=account,
            device_id=f"device of {account}",
            event_time=NOON + timedelta(seconds=every * number, microseconds=123456),
            severity=severity,
            fraud_score=40 + number,
        )
        for number, severity in enumerate(severities)
    ]


def push(system: System, body: bytes, headers: dict[str, str], path: str = "/") -> int:
    """Push as Pub/Sub does, and return the status."""
    connection = HTTPConnection("127.0.0.1", system.port, timeout=20)
    connection.request("POST", path, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def wrapped(data: bytes) -> bytes:
    """Return the body of a push."""
    message = {"data": base64.b64encode(data).decode(), "messageId": "1"}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/alert-fanout"}).encode()


def wait_for(system: System, alerts: list[Alert]) -> None:
    """Return once all are recorded."""
    wait_until(lambda: all(system.kept(f"alerts/{alert.transaction_id}") for alert in alerts))
