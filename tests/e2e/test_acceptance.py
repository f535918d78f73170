"""The promises that take minutes to see: `make test` leaves them out, `pytest -m acceptance -s` runs them.

The hundred thousand events also warm the job up, so that the latency measured after them is that of a running system.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fraud.alerts.alert import decode_alert
from simulator.messages.truth import Fault
from simulator.publishing.ledger import Entry
from tests.builders import payment_json, rfc3339
from tests.card_scan.scan import scan
from tests.e2e.conftest import System

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

Entries = Callable[[Path], list[Entry]]
EVENTS = "--count 100000 --rate 2000 --no-pace --seed 11 --duplicates 0.02 --late 0.005 --malformed 0.005"
TRIALS = 5
STEP = timedelta(seconds=10)
PATIENCE = timedelta(seconds=5)


@pytest.fixture(scope="module")
def sent(system: System, entries: Entries, tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """A hundred thousand events with every fault, after which everything has been written."""
    ledger = tmp_path_factory.mktemp("acceptance") / "ledger.ndjson"
    system.simulate(*EVENTS.split(), "--ledger", str(ledger))
    found = entries(ledger)
    system.await_settled(900)
    return found


def test_a_hundred_thousand_events_end_as_the_simulator_foretold(system: System, sent: list[Entry]) -> None:
    foretold = {(entry.partition, entry.offset): entry.disposition for entry in sent}
    rows = system.query("select kafka_partition, kafka_offset, disposition from pii_masking_audit")
    stored = {(row["kafka_partition"], row["kafka_offset"]): row["disposition"] for row in rows}

    print(Counter(foretold.values()), Counter(entry.kind for entry in sent if entry.kind))  # noqa: T201  for the record
    assert len(stored) == len(rows)
    assert {position: stored.get(position) for position in foretold} == foretold
    assert Fault.OVERSIZED_GARBAGE in {entry.kind for entry in sent}
    assert "spark" not in system.stack.ended()


def test_a_hundred_thousand_amounts_sum_to_the_cent(system: System, sent: list[Entry]) -> None:
    accepted = {entry.transaction_id: entry for entry in sent if entry.disposition == "ACCEPTED"}
    foretold: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for entry in accepted.values():
        foretold[entry.currency] += Decimal(str(entry.amount))

    stored: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for row in system.query("select transaction_id, currency, amount from payment_transactions"):
        if row["transaction_id"] in accepted:
            stored[row["currency"]] += row["amount"]
    assert stored == foretold


def test_none_of_their_cards_stands_outside_kafka(system: System, sent: list[Entry]) -> None:
    assert len(sent) > 1000
    assert list(scan(system.stack.workspace.home)) == []


@pytest.mark.usefixtures("sent")
def test_the_fourth_charge_is_an_alert_within_five_seconds(system: System, tmp_path: Path) -> None:
    waits = [announced_after(system, tmp_path / "charges.ndjson", f"ACC_LATENCY_{number}") for number in range(TRIALS)]

    print("from Kafka append to Redis:", *waits)  # noqa: T201  for the record
    assert max(waits) < PATIENCE


def announced_after(system: System, file: Path, account: str) -> timedelta:
    """Return the time from Kafka's append of an account's fourth charge to its alert in Redis."""
    now = datetime.now(UTC)
    charges = [
        payment_json(
            transaction_id=f"{account}_{number}",
            sender_account_id=account,
            event_time=rfc3339(now - (3 - number) * STEP),
        )
        for number in range(4)
    ]
    file.write_bytes(b"\n".join(charges))
    system.simulate("replay", str(file))
    system.await_settled()
    [row] = system.query(
        "select transaction_id, kafka_timestamp from fraud_velocity_alerts "
        f"where sender_account_id = '{account}' and velocity_60s = 4"
    )
    appended: datetime = row["kafka_timestamp"]
    return in_redis(system)[row["transaction_id"]] - appended


def in_redis(system: System) -> dict[str, datetime]:
    """Return when each alert reached the stream of alerts, by Redis's own clock."""
    stream: Any = system.redis.xrange("fraud:alerts:stream")
    return {decode_alert(entry["alert"].encode()).transaction_id: moment_of(key) for key, entry in stream}


def moment_of(key: str) -> datetime:
    """Return when Redis gave a stream's entry its key."""
    return datetime.fromtimestamp(int(key.partition("-")[0]) / 1000, UTC)
