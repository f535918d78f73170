"""How another team takes part in fraud alerts: a program of its own, that needs nothing of this repository's code.

It pulls `fraud-alerts` through a subscription that is its own, in order for each account, and keeps each alert once in
a SQLite file: Pub/Sub can deliver any message again. What is no alert by the published schema goes, with the reason, to
a dead-letter topic that is its own too. Killed at any moment, it goes on where it was. What it keeps of a subject goes
when `erasures` tells of that one, and nothing of it is kept that comes later.

    python -m infra.local subscribe                 against the local stack
    python docs/examples/subscribe_to_alerts.py     with GOOGLE_CLOUD_PROJECT and the rights that docs/alerts.md names
"""

import hashlib
import json
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from signal import SIGINT, SIGTERM, signal
from threading import Event
from typing import Annotated, Any

import typer
from google.api_core.exceptions import AlreadyExists, DeadlineExceeded, ServiceUnavailable
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[1] / "alert.schema.json"
LEASE_S = 10
"""How long Pub/Sub waits for one of us that was killed before it sends its messages to the next."""

PATIENCE_S = 5
"""How long a call may take, and so how long the program takes to end."""

TABLES = """
create table if not exists alerts (
    transaction_id text primary key,
    account text not null,
    severity text not null,
    amount text not null,
    event_time text not null,
    card_digest text not null,
    kafka_partition text not null,
    kafka_offset integer not null
);
create table if not exists erased (
    card_digest text,
    kafka_partition text,
    below integer not null,
    primary key (card_digest, kafka_partition)
);
"""
ERASED = "select 1 from erased where card_digest = ? and kafka_partition = ? and below > ?"
"""What tells that an alert's payment was erased: what is kept of a card is named by a digest of its token."""


class NotAnAlertError(Exception):
    """A message that will never be an alert, however often it comes."""


@dataclass(frozen=True)
class Names:
    """The topics of alerts and of erasures, our subscriptions, and our own topic for what we cannot read."""

    topic: str
    subscription: str
    dead_letters: str
    erasures_topic: str
    erasures: str


def read(data: bytes, schema: Draft202012Validator) -> dict[str, Any]:
    """Return an alert, its amounts as exact decimals. Raises NotAnAlertError, which names a field and no value."""
    try:
        alert = json.loads(data, parse_float=Decimal)
    except ValueError:
        raise NotAnAlertError("not JSON") from None
    for error in schema.iter_errors(alert):
        field = ".".join(map(str, error.absolute_path)) or "the alert"
        raise NotAnAlertError(f"{field} breaks the rule {error.validator}")
    return dict(alert)


@contextmanager
def kept_alerts(file: Path) -> Iterator[sqlite3.Connection]:
    """Open what we have kept, as one transaction."""
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        yield database


def keep(file: Path, alert: dict[str, Any]) -> int | None:
    """Keep an alert and return how many its account now has.

    None if we have it already or its payment was erased, and nothing is to be done.
    """
    account, identity = alert["sender_account_id"], alert["transaction_id"]
    digest = hashlib.sha256(f"erased card {alert['card_token']}".encode()).hexdigest()
    origin = (digest, str(alert.get("kafka_partition", "")), alert.get("kafka_offset") or 0)
    row = (identity, account, alert["severity"], f"{alert['amount']} {alert['currency']}", alert["event_time"], *origin)
    with kept_alerts(file) as database:
        if database.execute(ERASED, origin).fetchone():
            return None
        if database.execute("insert or ignore into alerts values (?, ?, ?, ?, ?, ?, ?, ?)", row).rowcount == 0:
            return None
        [[number]] = database.execute("select count(*) from alerts where account = ?", (account,))
        return int(number)


def forget(file: Path, notice: dict[str, Any]) -> int:
    """Delete what an erasure names, remember it for what comes later, and return how many alerts are gone."""
    gone = 0
    with kept_alerts(file) as database:
        for digest in notice["card_digests"]:
            for partition, below in notice["ends"].items():
                database.execute(
                    "insert into erased values (?, ?, ?) on conflict do update set below = max(below, excluded.below)",
                    (digest, partition, below),
                )
                found = database.execute(
                    "delete from alerts where card_digest = ? and kafka_partition = ? and kafka_offset < ?",
                    (digest, partition, below),
                )
                gone += found.rowcount
    return gone


def provide(names: Names, subscriber: SubscriberClient, publisher: PublisherClient) -> None:
    """Create our subscription and our dead-letter topic with its subscription, unless they exist."""
    with suppress(AlreadyExists):
        publisher.create_topic(name=names.dead_letters)
    kept = names.dead_letters.replace("/topics/", "/subscriptions/")
    with suppress(AlreadyExists):
        subscriber.create_subscription(name=kept, topic=names.dead_letters)
    policy = {"dead_letter_topic": names.dead_letters, "max_delivery_attempts": 10}
    wanted = {
        "name": names.subscription,
        "topic": names.topic,
        "enable_message_ordering": True,
        "ack_deadline_seconds": LEASE_S,
        "dead_letter_policy": policy,
    }
    with suppress(AlreadyExists):
        subscriber.create_subscription(request=wanted)
    with suppress(AlreadyExists):
        subscriber.create_subscription(name=names.erasures, topic=names.erasures_topic)


@dataclass(frozen=True)
class Desk:
    """Takes messages in the order they come in, which is the right one for each account."""

    names: Names
    file: Path
    schema: Draft202012Validator
    subscriber: SubscriberClient
    publisher: PublisherClient

    def work(self) -> None:
        """Wait a moment for messages, keep what they hold, and acknowledge what is done; the rest comes again."""
        self._forget()
        try:
            pulled = self.subscriber.pull(
                subscription=self.names.subscription, max_messages=50, timeout=PATIENCE_S, retry=None
            )
        except DeadlineExceeded:
            return  # there is nothing new
        done: list[str] = []
        try:
            for received in pulled.received_messages:
                self._take(received.message.data)
                done.append(received.ack_id)
        finally:
            if done:
                self.subscriber.acknowledge(
                    subscription=self.names.subscription, ack_ids=done, timeout=PATIENCE_S, retry=None
                )

    def _forget(self) -> None:
        """Do what erasures ask for, before anything else is kept."""
        asked = {"subscription": self.names.erasures, "max_messages": 50, "return_immediately": True}
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # a pull that waits holds up alerts
            pulled = self.subscriber.pull(request=asked, timeout=PATIENCE_S, retry=None)
        for received in pulled.received_messages:
            gone = forget(self.file, json.loads(received.message.data))
            typer.echo(f"erased: {gone} alerts")
            self.subscriber.acknowledge(
                subscription=self.names.erasures, ack_ids=[received.ack_id], timeout=PATIENCE_S, retry=None
            )

    def _take(self, data: bytes) -> None:
        try:
            alert = read(data, self.schema)
        except NotAnAlertError as error:
            self.publisher.publish(self.names.dead_letters, data, reason=str(error)).result(30)
            typer.echo(f"refused: {error}")
            return
        number = keep(self.file, alert)
        if number is not None:
            typer.echo(f"{alert['severity']} {alert['sender_account_id']}: alert {number} of this account")


def main(
    topic: Annotated[str, typer.Option(help="The topic of alerts.")] = "fraud-alerts",
    erasures: Annotated[str, typer.Option(help="The topic of erasures.")] = "erasures",
    team: Annotated[str, typer.Option(help="Names the subscription and the dead-letter topic.")] = "example-team",
    store: Annotated[Path, typer.Option(help="The SQLite file that alerts are kept in.")] = Path("alerts.sqlite"),
) -> None:
    """Keep every fraud alert once, until Ctrl-C or SIGTERM."""
    project, stopped = os.environ["GOOGLE_CLOUD_PROJECT"], Event()
    with kept_alerts(store) as database:
        database.executescript(TABLES)
    for number in (SIGINT, SIGTERM):
        signal(number, lambda *_: stopped.set())
    with SubscriberClient() as subscriber, PublisherClient() as publisher:
        names = Names(
            publisher.topic_path(project, topic),
            subscriber.subscription_path(project, f"{topic}-{team}"),
            publisher.topic_path(project, f"{topic}-{team}-dead-letter"),
            publisher.topic_path(project, erasures),
            subscriber.subscription_path(project, f"{erasures}-{topic}-{team}"),
        )
        provide(names, subscriber, publisher)
        schema = Draft202012Validator(json.loads(SCHEMA.read_text()))
        desk = Desk(names, store, schema, subscriber, publisher)
        typer.echo(f"listening to {topic}")
        while not stopped.is_set():
            try:
                desk.work()
            except (ServiceUnavailable, DeadlineExceeded):  # what was not acknowledged comes again
                typer.echo("Pub/Sub does not answer")
                stopped.wait(1)


if __name__ == "__main__":
    typer.run(main)
