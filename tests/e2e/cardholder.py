"""A data subject of the whole stack: pays, asks for its erasure, and what the warehouse holds of it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from tenacity import Retrying, stop_after_delay, wait_fixed

from tests.builders import as_json, payment_event, rfc3339
from tests.e2e.conftest import System
from tests.integration.gdpr_erasure.estate import card_number

BY_CARD = ("payment_transactions", "payment_transactions_fraud", "fraud_velocity_alerts", "payment_late_events")


@dataclass(frozen=True)
class Cardholder:
    """One card of one account, both new."""

    system: System
    folder: Path
    card: str = field(default_factory=card_number)
    account: str = field(default_factory=lambda: f"ACC_{token_hex(4)}")

    def pay(self, number: int) -> list[dict[str, object]]:
        """Send payments, now; return them."""
        now = rfc3339(datetime.now(UTC))
        changes = {"credit_card": self.card, "sender_account_id": self.account, "event_time": now}
        payments = [payment_event(transaction_id=f"TXN_{token_hex(6)}", **changes) for _ in range(number)]
        self.send(payments)
        return payments

    def send(self, payments: list[dict[str, object]]) -> None:
        """Send payments as they are."""
        file = self.folder / f"{token_hex(4)}.ndjson"
        file.write_bytes(b"".join(as_json(payment) + b"\n" for payment in payments))
        self.system.simulate("replay", str(file))

    def ask(self, **identifiers: str) -> str:
        """Ask for the erasure, by card number unless told otherwise; return the request's id."""
        body = identifiers or {"credit_card": self.card}
        return str(call(self.system, "ERASURE_URL", "POST", "/erasure", body)["request_id"])

    def await_state(self, request_id: str, state: str, seconds: float) -> dict[str, Any]:
        """Wait until an erasure is in a state, and return it."""
        for attempt in Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(0.2), reraise=True):
            with attempt:
                found = call(self.system, "ERASURE_URL", "GET", f"/erasure/{request_id}")
                assert found["state"] == state
        return found

    def found_by(self, request_id: str, seconds: float = 240) -> dict[str, int]:
        """Wait for an erasure's receipt; return what it counts by store."""
        receipt = self.await_state(request_id, "COMPLETED", seconds)["receipt"]
        return {one["store"]: one["found"] for one in receipt["stores"]}

    def stored(self) -> dict[str, set[str]]:
        """Return the ids of the account's transactions that each table holds."""
        return {
            table: {
                row["transaction_id"]
                for row in self.system.query(
                    f"select transaction_id from {table} where sender_account_id = '{self.account}'"
                )
            }
            for table in BY_CARD
        }

    def audited(self, transactions: set[str]) -> list[dict[str, Any]]:
        """Return the audit rows of these transactions."""
        listed = ", ".join(f"'{one}'" for one in sorted(transactions))
        return self.system.query(f"select * from pii_masking_audit where transaction_id in ({listed})")


def call(system: System, address: str, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Return the JSON that a function answers."""
    connection = HTTPConnection(str(urlsplit(system.stack.environment[address]).netloc), timeout=30)
    content = as_json(body) if isinstance(body, dict) else None
    connection.request(method, path, content, {"Content-Type": "application/json", "X-Caller": "jo"})
    reply: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return reply


def ids(payments: list[dict[str, object]]) -> set[str]:
    """Return the payments' ids."""
    return {str(payment["transaction_id"]) for payment in payments}
