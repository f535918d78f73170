"""The simulator asks authorize_payment, its own process, before it publishes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.local.machine.workspace import REPOSITORY
from infra.local.servers.kafka import Kafka
from infra.local.stack.local_stack import LocalStack
from tests.integration.simulator.conftest import NewTopic
from tests.integration.simulator.records import records

ATTACK = ("--scenario", "card-testing", "--background", "0", "--no-pace", "--seed")


def simulate(environment: dict[str, str], topic: str, *options: str) -> str:
    finished = subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "simulator", *options, "--topic", topic],
        cwd=REPOSITORY,
        env={"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY}/functions", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def published(kafka: Kafka, topic: str) -> list[dict[str, Any]]:
    found = [json.loads(record.value or b"{}") for record in records(kafka.bootstrap_servers, topic)]
    return sorted(found, key=lambda event: (event["event_time"], event["transaction_id"]))


def without_status(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in event.items() if name != "status"} for event in events]


def test_card_testing_is_stopped_at_the_fifth_charge(
    kafka: Kafka, local_stack: LocalStack, new_topic: NewTopic, tmp_path: Path
) -> None:
    local_stack.start("authorize_payment")
    open_loop, closed_loop, ledger = new_topic(), new_topic(), tmp_path / "ledger.ndjson"
    options = (*ATTACK, "11", "--start", "2026-11-22T09:00:00Z")
    simulate(local_stack.environment, open_loop, *options)
    output = simulate(local_stack.environment, closed_loop, *options, "--authorize", "--ledger", str(ledger))

    events = published(kafka, closed_loop)
    assert [(float(event["amount"]), event["status"]) for event in events] == [
        *[(1.0, "APPROVED")] * 4,
        (1.0, "DECLINED"),
        (5000.0, "DECLINED"),
    ]
    assert "authorized: 4 approved, 2 declined\n" in output
    told = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [entry["status"] for entry in sorted(told, key=lambda entry: entry["transaction_id"])] == [
        event["status"] for event in events
    ]
    assert without_status(events) == without_status(published(kafka, open_loop))
    assert {event["status"] for event in published(kafka, open_loop)} == {"PENDING"}


def test_ordinary_traffic_with_faults_is_decided_and_all_delivered(
    kafka: Kafka, local_stack: LocalStack, topic: str
) -> None:
    local_stack.start("authorize_payment")
    faults = ("--duplicates", "0.05", "--late", "0.02", "--malformed", "0.05")
    output = simulate(local_stack.environment, topic, "--count", "400", "--no-pace", *faults, "--authorize")
    assert "400 messages delivered" in output
    assert "authorized: " in output
    assert "did not answer" not in output


def test_the_traffic_goes_on_while_the_function_is_down(kafka: Kafka, topic: str) -> None:
    environment = {**kafka.environment(), "AUTHORIZE_URL": "http://127.0.0.1:1"}
    output = simulate(environment, topic, *ATTACK, "12", "--authorize")
    assert [event["status"] for event in published(kafka, topic)] == ["PENDING"] * 6
    assert "6 payments went out as they stood, since authorize_payment did not answer\n" in output
