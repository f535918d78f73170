"""The lab's command on rows in the real BigQuery emulator and reviews in the Firestore emulator."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from google.cloud import firestore
from typer.testing import CliRunner

from fraud.cards import Action
from fraud.reviews import ReviewState, Verdict, opened
from fraud_lab.__main__ import app
from fraud_service.stores.documents import to_document
from infra.local.servers.bigquery import BigQuery
from infra.local.servers.firestore import Firestore
from sql.warehouse import Warehouse
from tests.builders import NOON, make_alert
from tests.integration.sql.conftest import fresh_dataset
from tests.integration.sql.rows import insert

RULES = [
    {"rule_id": "block", "expression": "fraud_count > 2", "action": "BLOCK_CARD"},
    {"rule_id": "look", "expression": "fraud_score > 80", "action": "MANUAL_REVIEW", "mode": "shadow"},
]
SINCE = NOON - timedelta(minutes=30)

Run = Callable[..., str]


@pytest.fixture(scope="module")
def warehouse(bigquery: BigQuery) -> Iterator[Warehouse]:
    """Four alerts of one account, one of them before the hour, one before `SINCE`, and a payment that is none."""
    rows = [
        {
            "transaction_id": f"TXN_{minute}",
            "event_time": NOON + timedelta(minutes=minute),
            "sender_account_id": "ACC_1",
            "card_token": "c" * 64,
            "currency": "USD",
            "is_velocity_fraud": minute != 2,
            "severity": "HIGH" if minute != 2 else None,
            "velocity_60s": 4,
            "fraud_score": 40 + minute,
        }
        for minute in (-100, -40, 0, 1, 2, 45)
    ]
    for dataset in fresh_dataset(bigquery):
        dataset.apply()
        insert(dataset, "payment_transactions_fraud", *rows)
        yield dataset


@pytest.fixture
def run(
    warehouse: Warehouse, firestore: Firestore, stack_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    del firestore, stack_environment
    monkeypatch.setenv("BIGQUERY_DATASET", warehouse.dataset)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str) -> str:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    return command


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    return file


def review(transaction_id: str, verdict: Verdict) -> None:
    store = firestore.Client(os.environ["GOOGLE_CLOUD_PROJECT"])
    fresh = opened(make_alert(transaction_id=transaction_id), Action.BLOCK_CARD, "rule:a@1", "why", NOON)
    decided = {"state": ReviewState.DECIDED.value, "verdict": verdict.value}
    store.collection("reviews").document(transaction_id).set(to_document(fresh) | decided)


def test_rules_are_replayed_over_stored_alerts_and_measured(run: Run, rules: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    labels = {"TXN_0": "normal", "TXN_1": "normal", "TXN_45": "card-testing"}
    lines = [json.dumps({"transaction_id": name, "label": label}) for name, label in labels.items()]
    ledger.write_text("\n".join(lines) + "\n")
    review("TXN_1", Verdict.CONFIRMED_FRAUD)

    period = ("--since", f"{SINCE:%Y-%m-%dT%H:%M:%SZ}", "--until", f"{NOON + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}")
    found = json.loads(run("backtest", str(rules), *period, "--labels", str(ledger), "--json"))

    assert (found["alerts"], found["labelled"]) == (3, 3)
    block, look = found["rules"]
    # TXN_0 is the second alert of its hour, TXN_1 the third, TXN_45 again the third
    assert block["score"] == {
        "hits": 2,
        "fraud": 2,
        "legitimate": 0,
        "missed": 0,
        "precision": 1.0,
        "recall": 1.0,
    }
    assert block["changed_cards"] == 1
    assert (look["mode"], look["score"]["hits"], look["score"]["recall"]) == ("shadow", 1, 0.5)


def test_two_rule_sets_are_compared(run: Run, rules: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps([RULES[0] | {"expression": "fraud_count > 1", "action": "REQUIRE_3DS"}]))
    period = ("--since", f"{SINCE:%Y-%m-%dT%H:%M:%S}", "--until", "2026-03-02")

    found = json.loads(run("backtest", str(rules), *period, "--against", str(other), "--no-reviews", "--json"))
    shown = run("backtest", str(rules), *period, "--against", str(other), "--no-reviews")

    assert [(one["transaction_id"], one["before"], one["after"]) for one in found["differences"]] == [
        ("TXN_0", "REQUIRE_3DS", None),
        ("TXN_1", "REQUIRE_3DS", "BLOCK_CARD"),
        ("TXN_45", "REQUIRE_3DS", "BLOCK_CARD"),
    ]
    assert "3 alerts get another action than by the other rules" in shown
    assert "TXN_45" in shown


def test_the_rules_that_stand_can_be_fetched_and_tried(run: Run) -> None:
    store = firestore.Client(os.environ["GOOGLE_CLOUD_PROJECT"])
    rule_id = f"rule-{token_hex(4)}"
    store.collection("rules").document(rule_id).set(RULES[0] | {"rule_id": rule_id, "version": 3, "author": "jo"})
    try:
        exported = json.loads(run("export"))
        tried = json.loads(run("backtest", "live", "--since", "2026-03-01", "--no-reviews", "--json"))
    finally:
        store.collection("rules").document(rule_id).delete()
    [mine] = [rule for rule in exported if rule["rule_id"] == rule_id]
    assert (mine["expression"], mine["version"], mine["author"]) == ("fraud_count > 2", 3, "jo")
    assert [rule["score"]["hits"] for rule in tried["rules"] if rule["rule_id"] == rule_id] == [2]
