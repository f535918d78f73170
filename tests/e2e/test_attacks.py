"""Six attacks that velocity alone does not see, from the simulator to the alert in Redis and on the page.

Each is told by its payments in the order they were made: the alert must be there where the fraud team was promised it.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tenacity import Retrying, stop_after_delay, wait_fixed

from fraud.alerts.alert import decode_alert
from fraud.payments.card_number import luhn_check_digit
from infra.local.machine.workspace import REPOSITORY
from simulator.publishing.ledger import Entry
from sql.connection import connect
from sql.settings import Settings
from tests.builders import as_json, payment_event, rfc3339
from tests.e2e.conftest import System
from tests.integration.sql.rows import insert

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

Row = dict[str, Any]
TAKEN_OVER = "ACC_300"
HABIT = Decimal("4.20")
LONGEST = timedelta(minutes=40)
"""Longer than any of these attacks lasts, and not so long that its payments come late."""

COLUMNS = (
    "transaction_id, event_time, sender_account_id, card_token, device_id, status, amount_usd, risk_flags, is_alert, "
    "known_device, amount_to_habit"
)


@dataclass(frozen=True)
class Scene:
    """A running stack, and what its people read of the simulator."""

    system: System
    folder: Path
    entries: Callable[[Path], list[Entry]]

    def played(self, scenario: str, seed: int, ago: timedelta = LONGEST) -> list[Row]:
        """Send an attack alone, begun so long ago; return its payments as judged, in the order they were made."""
        ledger = self.folder / f"{scenario}-{seed}.ndjson"
        options = ("--background", "0", "--duration", "60", "--seed", str(seed), "--no-pace", "--ledger", str(ledger))
        self.system.simulate("--scenario", scenario, *options, "--start", rfc3339(datetime.now(UTC) - ago))
        return self.judged([str(one.transaction_id) for one in self.entries(ledger)])

    def judged(self, transactions: list[str]) -> list[Row]:
        """Return stored payments, in the order they were made."""
        self.system.await_settled()
        listed = ", ".join(f"'{one}'" for one in transactions)
        query = f"select {COLUMNS} from payment_transactions_fraud where transaction_id in ({listed})"
        rows = self.system.query(f"{query} order by event_time")
        assert len(rows) == len(transactions)
        return rows

    def is_told(self, row: Row) -> None:
        """Assert that an alert of a payment has reached Redis and the page's stream."""
        transaction = row["transaction_id"]
        told: Any = self.system.redis.xrange("fraud:alerts:stream")
        assert transaction in {decode_alert(one["alert"].encode()).transaction_id for _, one in told}
        assert transaction in set(self._on_page(transaction))

    def _on_page(self, wanted: str) -> Iterator[str]:
        connection = HTTPConnection(str(urlsplit(self.system.stack.environment["DASHBOARD_URL"]).netloc), timeout=30)
        connection.request("GET", "/fraud-alerts/events?after=0-0")
        stream = connection.getresponse()
        for line in iter(stream.readline, b""):
            if line.startswith(b"data: ") and wanted.encode() in line:
                yield wanted
                break
        connection.close()


@pytest.fixture(scope="module")
def scene(system: System, entries: Callable[[Path], list[Entry]], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The stack, with the profile of an account that buys coffee."""
    settings = Settings(
        google_cloud_project=system.stack.environment["GOOGLE_CLOUD_PROJECT"],
        bigquery_emulator_host=system.stack.environment["BIGQUERY_EMULATOR_HOST"],
    )
    tables = connect(settings)
    now = datetime.now(UTC)
    usual = {"sender_account_id": TAKEN_OVER, "amount_usd": HABIT, "device_id": "phone", "merchant_id": "bar"}
    with tables.client:
        days = [{"event_time": now - timedelta(days=number), "is_alert": False} for number in range(2, 8)]
        insert(tables, "payment_transactions_fraud", *(usual | day for day in days))
        subprocess.run(
            [sys.executable, "-m", "sql", "profiles"], env=system.stack.environment, cwd=REPOSITORY, check=True
        )
    return Scene(system, tmp_path_factory.mktemp("attacks"), entries)


def flagged(rows: list[Row], flag: str) -> list[int]:
    """Return the places of the alerts that a flag has raised."""
    return [place for place, row in enumerate(rows) if flag in row["risk_flags"] and row["is_alert"]]


def test_a_card_that_is_filed_at_many_accounts_alerts_by_its_fifth(scene: Scene) -> None:
    rows = scene.played("card-spread", 1)
    first = flagged(rows, "CARD_SPREAD")[0]
    assert len({row["sender_account_id"] for row in rows[: first + 1]}) <= 5
    scene.is_told(rows[first])


def test_a_device_that_tries_card_after_card_alerts_by_its_fifth(scene: Scene) -> None:
    now = datetime.now(UTC)
    cards = [f"40000000000{number:04d}" for number in range(6)]
    payments = [
        payment_event(
            transaction_id=f"TXN_device_{number}",
            credit_card=card + luhn_check_digit(card),
            sender_account_id=f"ACC_device_{number}",
            device_id="device-of-thief",
            event_time=rfc3339(now - timedelta(seconds=60 - number)),
        )
        for number, card in enumerate(cards)
    ]
    for number, part in enumerate((payments[:4], payments[4:])):
        file = scene.folder / f"device-{number}.ndjson"
        file.write_bytes(b"".join(as_json(payment) + b"\n" for payment in part))
        scene.system.simulate("replay", str(file))
        scene.system.await_settled()
    rows = scene.judged([str(payment["transaction_id"]) for payment in payments])
    assert flagged(rows, "DEVICE_SPREAD") == [4, 5]
    scene.is_told(rows[4])


def test_guessed_cards_of_one_issuer_alert_by_the_twentieth_decline(scene: Scene) -> None:
    rows = scene.played("distributed-testing", 3)
    declines = list(accumulate(row["status"] == "DECLINED" for row in rows))
    first = flagged(rows, "BIN_TESTING")[0]
    assert declines[first] <= 20
    scene.is_told(rows[first])


def test_a_card_that_is_tested_slowly_alerts_when_it_is_emptied(scene: Scene) -> None:
    rows = scene.played("slow-testing", 1)
    emptied = next(place for place, row in enumerate(rows) if row["amount_usd"] >= 100)
    assert flagged(rows, "SMALL_THEN_LARGE")[0] == emptied
    scene.is_told(rows[emptied])


def test_a_limit_that_is_spent_at_once_alerts_at_the_crossing(scene: Scene) -> None:
    rows = scene.played("bust-out", 1)
    crossing = next(place for place, usd in enumerate(accumulate(row["amount_usd"] for row in rows)) if usd > 10_000)
    assert flagged(rows, "AMOUNT_1H")[0] == crossing
    scene.is_told(rows[crossing])


def test_an_account_that_is_taken_over_alerts_at_the_first_payment(scene: Scene) -> None:
    files = scene.system.stack.workspace.checkpoint / "profile_files"
    for attempt in Retrying(stop=stop_after_delay(240), wait=wait_fixed(5), reraise=True):
        with attempt:
            scene.played("transit", attempt.retry_state.attempt_number)  # a batch looks for profiles
            assert list(files.glob("*.arrow"))
    scene.played("transit", 0)
    rows = scene.played("account-takeover", 5, timedelta(0))  # after midnight, whenever the test runs
    taken = next(place for place, row in enumerate(rows) if row["amount_to_habit"] > 10)
    assert rows[taken]["amount_usd"] == Decimal("49.99")
    assert flagged(rows, "TAKEOVER")[0] == taken
    scene.is_told(rows[taken])
