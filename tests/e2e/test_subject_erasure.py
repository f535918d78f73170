"""An erasure asked for while the subject's payments are in flight: what came before goes, what comes after stays.

Runs after the tests of the local stack, which expect to be the first to raise alerts.
"""

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest
from tenacity import Retrying, stop_after_delay, wait_fixed

from fraud.card import luhn_check_digit
from tests.builders import payment_json, rfc3339
from tests.e2e.conftest import System

pytestmark = pytest.mark.e2e

BEFORE, AFTER = 5, 2


@pytest.fixture
def card() -> str:
    """A card that nothing else here uses."""
    digits = f"4{randbelow(10**14):014d}"
    return digits + luhn_check_digit(digits)


@pytest.fixture
def job_held(system: System) -> Iterator[int]:
    """The job's process, stopped until a test lets it go on."""
    pid = system.stack.pids["spark"]
    os.kill(pid, signal.SIGSTOP)
    yield pid
    os.kill(pid, signal.SIGCONT)


def call(system: System, method: str, path: str, body: object = None) -> dict[str, Any]:
    connection = HTTPConnection(urlsplit(system.stack.environment["ERASURE_URL"]).netloc, timeout=30)
    connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
    reply: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return reply


def pay(system: System, file: Path, card: str, account: str, number: int) -> None:
    """Send payments of a card, now."""
    now = rfc3339(datetime.now(UTC))
    changes = {"credit_card": card, "sender_account_id": account, "event_time": now}
    payments = [payment_json(transaction_id=f"TXN_{token_hex(6)}", **changes) for _ in range(number)]
    file.write_bytes(b"\n".join(payments) + b"\n")
    system.simulate("replay", str(file))


def await_state(system: System, request_id: str, state: str, seconds: float) -> dict[str, Any]:
    """Wait until an erasure is in a state, and return it."""
    for attempt in Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(0.2), reraise=True):
        with attempt:
            found = call(system, "GET", f"/erasure/{request_id}")
            assert found["state"] == state
    return found


def test_what_is_in_flight_is_erased_and_what_comes_after_stays(
    system: System, card: str, job_held: int, tmp_path: Path
) -> None:
    account, file = f"ACC_{token_hex(4)}", tmp_path / "payments.ndjson"
    pay(system, file, card, account, BEFORE)
    request_id = str(call(system, "POST", "/erasure", {"credit_card": card})["request_id"])
    await_state(system, request_id, "WAITING_FOR_STREAM", 60)
    pay(system, file, card, account, AFTER)
    os.kill(job_held, signal.SIGCONT)

    receipt = await_state(system, request_id, "COMPLETED", 240)["receipt"]

    found = {one["store"]: one["found"] for one in receipt["stores"]}
    assert found["bigquery.payment_transactions"] == found["bigquery.pii_masking_audit"] == BEFORE
    for attempt in Retrying(stop=stop_after_delay(120), wait=wait_fixed(0.5), reraise=True):
        with attempt:
            rows = system.query(
                "select erasure_requested, user_email is null as is_cleared, count(*) as positions "
                "from pii_masking_audit join payment_transactions using (transaction_id) "
                f"where sender_account_id = '{account}' group by 1, 2"
            )
            assert rows == [{"erasure_requested": False, "is_cleared": False, "positions": AFTER}]
    for table in ("payment_transactions", "payment_transactions_fraud"):
        [row] = system.query(f"select count(*) as number from {table} where sender_account_id = '{account}'")
        assert row["number"] == AFTER
