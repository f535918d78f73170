"""The example subscriber as another team runs it, on the Pub/Sub emulator."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import msgspec
import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.cloud.pubsub_v1.types import PublisherOptions

from fraud.alerts.alert import Alert, encode_alert
from fraud.erasure.mark import Mark
from fraud.erasure.notice import notice
from infra.local.machine.workspace import REPOSITORY
from infra.local.servers.pubsub import PubSub
from infra.local.stack.local_stack import LocalStack
from tests.builders import NOON, make_alert
from tests.integration.local.waiting import wait_until


@dataclass
class Team:
    """Another team, whose program can be started, killed and asked what it has kept."""

    stack: LocalStack
    topic: str
    store: Path
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Run the command of the documents."""
        root = self.stack.workspace.home.parent
        options = ["--topic", self.topic, "--store", str(self.store)]
        command = [sys.executable, "-m", "infra.local", "subscribe", "--root", str(root), "--", *options]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)  # noqa: S603
        self.running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"listening to {self.topic}\n"

    def kill(self) -> None:
        """End the program in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End the program as an operator does, and return its status."""
        return self._end(signal.SIGTERM)

    def kept(self) -> list[tuple[str, str, str]]:
        """Return transaction, account and amount of what it has kept, in order."""
        with closing(sqlite3.connect(self.store)) as database:
            return database.execute("select transaction_id, account, amount from alerts order by rowid").fetchall()

    def _end(self, number: signal.Signals) -> int:
        process = self.running.pop()
        os.kill(process.pid, number)
        process.communicate(timeout=30)
        return process.returncode


@pytest.fixture
def publisher(stack_environment: dict[str, str]) -> Iterator[PublisherClient]:
    del stack_environment
    with PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True)) as client:
        yield client


@pytest.fixture
def team(pubsub: PubSub, local_stack: LocalStack, publisher: PublisherClient, tmp_path: Path) -> Iterator[Team]:
    del pubsub
    topic = f"alerts-{token_hex(4)}"
    publisher.create_topic(name=publisher.topic_path(local_stack.settings.project, topic))
    team = Team(local_stack, topic, tmp_path / "alerts.sqlite")
    team.start()
    yield team
    if team.running:
        team.kill()


def publish(team: Team, publisher: PublisherClient, *alerts: Alert) -> None:
    path = publisher.topic_path(team.stack.settings.project, team.topic)
    for future in [publisher.publish(path, encode_alert(one), one.sender_account_id) for one in alerts]:
        future.result(20)


def several(accounts: int, each: int) -> list[Alert]:
    return [
        make_alert(
            transaction_id=f"TXN_{account}_{number}",
            sender_account_id=f"ACC_{account}",
            event_time=NOON + timedelta(seconds=number),
        )
        for number in range(each)
        for account in range(accounts)
    ]


def test_every_alert_is_kept_once_in_its_account_s_order_over_a_kill(team: Team, publisher: PublisherClient) -> None:
    alerts = several(accounts=3, each=40)
    publish(team, publisher, *alerts[:60], *alerts[:60])
    wait_until(lambda: len(team.kept()) > 5)
    team.kill()
    publish(team, publisher, *alerts[60:], *alerts)
    team.start()
    wait_until(lambda: len(team.kept()) == len(alerts), 60)

    kept = team.kept()
    for account in range(3):
        mine = [transaction for transaction, owner, _ in kept if owner == f"ACC_{account}"]
        assert mine == [f"TXN_{account}_{number}" for number in range(40)]
    assert {amount for _, _, amount in kept} == {"1.00 USD"}
    assert team.stop() == 0


def test_what_is_no_alert_goes_to_the_team_s_own_dead_letters(team: Team, publisher: PublisherClient) -> None:
    project, document = team.stack.settings.project, json.loads(encode_alert(make_alert()))
    poison = [b"card 4111111111111111", json.dumps(document | {"severity": "4111111111111111"}).encode()]
    path = publisher.topic_path(project, team.topic)
    for data in poison:
        publisher.publish(path, data, "ACC_000100").result(20)
    publish(team, publisher, make_alert())
    wait_until(lambda: len(team.kept()) == 1)

    refused: dict[bytes, str] = {}
    with SubscriberClient() as subscriber:
        kept = subscriber.subscription_path(project, f"{team.topic}-example-team-dead-letter")

        def taken() -> bool:
            found = subscriber.pull(subscription=kept, max_messages=10, timeout=20).received_messages
            refused.update({one.message.data: one.message.attributes["reason"] for one in found})
            return len(refused) == 2

        wait_until(taken)
    assert refused == {poison[0]: "not JSON", poison[1]: "severity breaks the rule enum"}


def test_what_is_kept_of_an_erased_card_goes_and_stays_away(team: Team, publisher: PublisherClient) -> None:
    card, other = token_hex(32), token_hex(32)
    mine, theirs, later = (
        make_alert(transaction_id=name, card_token=token, kafka_partition=1, kafka_offset=offset)
        for name, token, offset in (("MINE", card, 4), ("THEIRS", other, 5), ("LATER", card, 9))
    )
    publish(team, publisher, mine, theirs)
    wait_until(lambda: len(team.kept()) == 2)
    told = notice("r-1", [card], Mark({"1": 7}, NOON), NOON)
    erasures = publisher.topic_path(team.stack.settings.project, "erasures")
    publisher.publish(erasures, msgspec.json.encode(told)).result(20)
    wait_until(lambda: [name for name, _, _ in team.kept()] == ["THEIRS"])

    publish(team, publisher, mine, later)

    wait_until(lambda: len(team.kept()) == 2)
    assert [name for name, _, _ in team.kept()] == ["THEIRS", "LATER"]
