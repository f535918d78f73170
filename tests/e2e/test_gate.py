"""The seeds' two examples on a running stack with a model: a card test alerts, a shopping trip does not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from tenacity import Retrying, stop_after_delay, wait_fixed

from fraud.alerts.alert import decode_alert
from fraud.models.publication import CURRENT
from infra.local.machine.workspace import REPOSITORY
from simulator.faults.shares import NO_FAULTS
from simulator.messages.truth import Label
from simulator.moments import micros, moment
from simulator.people.population import Population
from simulator.traffic.run import Run
from tests.builders import fresh_card, payment_json, rfc3339
from tests.e2e.conftest import System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

SEED = 70
"""Of people whose cards no other test of this stack charges."""
TRAINING = "--histories 5 --seed 40"


@pytest.fixture(scope="module")
def model(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A model that the trainer has made, live while these tests run; its SHA-256."""
    folder, scratch = system.stack.workspace.home / "classifier", tmp_path_factory.mktemp("probes")
    command = [sys.executable, "-m", "train_classifier", "--models", str(folder), *TRAINING.split()]
    trained = subprocess.run(command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=False)  # noqa: S603
    assert trained.returncode == 0, trained.stdout + trained.stderr
    digest = next((folder / "models").glob("*/model.txt")).parent.name
    await_scored_by(system, digest, scratch)
    yield digest
    (folder / CURRENT).unlink()
    await_scored_by(system, None, scratch)


def await_scored_by(system: System, digest: str | None, scratch: Path) -> None:
    """Send a payment now and again, by way of a file in `scratch`, until one is scored by a model, or by none."""
    for attempt in Retrying(stop=stop_after_delay(120), wait=wait_fixed(1), reraise=True):
        with attempt:
            name = f"TXN_{token_hex(6)}"
            now = rfc3339(datetime.now(UTC))
            event = payment_json(
                transaction_id=name, sender_account_id=f"ACC_{name}", event_time=now, credit_card=fresh_card()
            )
            (scratch / "probe.ndjson").write_bytes(event)
            system.simulate("replay", str(scratch / "probe.ndjson"))
            system.await_settled()
            [row] = scores(system, f"ACC_{name}")
            assert row["model_version"] == digest


def scores(system: System, account: str) -> list[dict[str, Any]]:
    """Return what an account's payments were found to be, in order."""
    return system.query(
        "select transaction_id, velocity_60s, fraud_probability, model_version, gate, is_alert, risk_flags, "
        "model_reasons "
        f"from payment_transactions_fraud where sender_account_id = '{account}' order by event_time"
    )


def sent(system: System, folder: Path, label: Label) -> list[dict[str, Any]]:
    """Send a script of the seeds, a minute of it at once, by an account of its own; return what was found."""
    start = micros(datetime.now(UTC) - timedelta(seconds=60))
    run = Run(label, Population(SEED, 1_000, moment(start).year), start, 1.0, 0, 1, NO_FAULTS)
    account = f"ACC_{label.value}_{token_hex(4)}"
    values = [value for block in run.blocks() for value in block.values if value]
    file = folder / "example.ndjson"
    file.write_bytes(b"\n".join(_by(value, account) for value in values))
    system.simulate("replay", str(file))
    system.await_settled()
    return scores(system, account)


def _by(value: bytes, account: str) -> bytes:
    sender = b'"sender_account_id":"'
    start = value.index(sender) + len(sender)
    return value[:start] + account.encode() + value[value.index(b'"', start) :]


def test_a_card_test_alerts_with_a_probability_above_the_threshold(system: System, model: str, tmp_path: Path) -> None:
    rows = sent(system, tmp_path, Label.CARD_TESTING)

    assert [row["velocity_60s"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["gate"] for row in rows] == [None, None, None, "PASSED", "PASSED", "PASSED"]
    assert all(row["fraud_probability"] > 0.8 for row in rows[3:])
    assert [row["is_alert"] for row in rows[3:]] == [True, True, True]
    assert {row["model_version"] for row in rows} == {model}
    assert [len(row["model_reasons"]) for row in rows] == [0, 0, 0, 5, 5, 5]
    assert [name for name, ids in alerted_in(system).items() if rows[3]["transaction_id"] in ids] == [
        "Redis",
        "BigQuery",
    ]


def test_four_purchases_in_one_mall_do_not(system: System, model: str, tmp_path: Path) -> None:
    rows = sent(system, tmp_path, Label.LEGITIMATE_BURST)

    assert [row["velocity_60s"] for row in rows] == [1, 2, 3, 4]
    assert rows[3]["gate"] in {"SUPPRESSED", "SAMPLED"}
    assert rows[3]["fraud_probability"] <= 0.8
    assert (rows[3]["model_version"], rows[3]["is_alert"]) == (model, False)
    assert len(rows[3]["model_reasons"]) == 5
    assert any("against fraud" in line for line in rows[3]["model_reasons"])
    assert rows[3]["risk_flags"] == ["VELOCITY_60S"], "the flag stays, only the alert goes"
    assert not [name for name, ids in alerted_in(system).items() if rows[3]["transaction_id"] in ids]


def alerted_in(system: System) -> dict[str, set[str]]:
    """Return the payments that are alerts, by where that stands."""
    stream: Any = system.redis.xrange("fraud:alerts:stream")
    rows = system.query("select transaction_id from fraud_velocity_alerts")
    return {
        "Redis": {decode_alert(entry["alert"].encode()).transaction_id for _, entry in stream},
        "BigQuery": {row["transaction_id"] for row in rows},
    }
