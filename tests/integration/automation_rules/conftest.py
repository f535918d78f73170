"""automation_rules and rule_desk as their own processes, on the emulators and a real Redis, in a stack of their own."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from http.client import HTTPConnection
from secrets import token_hex
from typing import Any

import pytest
import redis
from google.cloud import firestore
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.cloud.pubsub_v1.types import PublisherOptions

from fraud.alerts.alert import Alert, encode_alert
from fraud.cards import CardAction, decode_card_action
from fraud.reviews import Review
from fraud.rules.decision import RuleDecision
from fraud_service.cards.record import Cards
from fraud_service.reviews.record import Reviews
from fraud_service.rules.decisions import Decisions
from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.functions.function import Function
from infra.local.stack.local_stack import LocalStack
from tests.builders import NOON, make_alert
from tests.integration.local.waiting import wait_until

RULES = "automation_rules"
DESK = "rule_desk"


@dataclass(frozen=True)
class System:
    """The running functions and what they work with."""

    stack: LocalStack
    documents: firestore.Client
    cache: redis.Redis
    publisher: PublisherClient
    subscriber: SubscriberClient

    @cached_property
    def cards(self) -> Cards:
        """Return the cards."""
        return Cards(self.documents, self.cache)

    @cached_property
    def decisions(self) -> Decisions:
        """Return the decisions."""
        return Decisions(self.documents, self.cards, Reviews(self.documents))

    def counted(self, *alerts: Alert) -> None:
        """Write alerts to Redis, as the job does before it publishes them."""
        AlertCache(self.stack.environment["REDIS_URL"]).write(alerts)

    def publish(self, *messages: Alert | bytes) -> None:
        """Publish alerts as the job does, or any bytes."""
        path = self.publisher.topic_path(self.stack.settings.project, "fraud-alerts")
        sent = [
            self.publisher.publish(path, encode_alert(one), one.sender_account_id)
            if isinstance(one, Alert)
            else self.publisher.publish(path, one)
            for one in messages
        ]
        for future in sent:
            future.result(20)

    def raise_alerts(self, *alerts: Alert) -> None:
        """Count alerts, publish them, and wait until each is decided."""
        self.counted(*alerts)
        self.publish(*alerts)
        self.wait_for(*alerts)

    def wait_for(self, *alerts: Alert) -> None:
        """Wait until alerts are decided."""
        wait_until(lambda: all(self.decisions.find(alert.transaction_id) for alert in alerts))

    def decision(self, alert: Alert) -> RuleDecision:
        """Return the decision on an alert."""
        decision = self.decisions.find(alert.transaction_id)
        assert decision is not None
        return decision

    def review(self, alert: Alert) -> Review | None:
        """Return the review of an alert, if any."""
        return Reviews(self.documents).find(alert.transaction_id)

    def card(self, alert: Alert) -> CardAction:
        """Return the recorded state of an alert's card, once its copy in Redis is the same."""
        [state] = self.cards.recorded([alert.card_token]).values()
        if state.revision:
            wait_until(lambda: self.cards.cached([alert.card_token]) == {alert.card_token: state}, 10)
        return state

    def port(self, name: str) -> int:
        """Return a function's port."""
        component = self.stack.component(name)
        assert isinstance(component, Function)
        return component.port

    def call(self, method: str, path: str, body: object = None, person: str = "jo") -> tuple[int, dict[str, Any]]:
        """Call rule_desk."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        headers = {"Content-Type": "application/json"} | ({"X-Caller": person} if person else {})
        connection = HTTPConnection("127.0.0.1", self.port(DESK), timeout=20)
        connection.request(method, path, content, headers)
        reply = connection.getresponse()
        document = json.loads(reply.read())
        connection.close()
        return reply.status, document

    def kill(self, name: str) -> None:
        """End a function as a crash of its machine would."""
        os.killpg(self.stack.pids[name], signal.SIGKILL)


class CardMessages:
    """A subscription to `card-actions` from here on."""

    def __init__(self, system: System) -> None:
        project = system.stack.settings.project
        self._subscriber = system.subscriber
        self._path = system.subscriber.subscription_path(project, f"cards-{token_hex(4)}")
        system.subscriber.create_subscription(name=self._path, topic=f"projects/{project}/topics/card-actions")

    def take(self, card_token: str, until_revision: int) -> list[CardAction]:
        """Return a card's states in the order they were told, up to a revision at least."""
        told: list[CardAction] = []

        def pull() -> bool:
            received = self._subscriber.pull(subscription=self._path, max_messages=100, timeout=20).received_messages
            told.extend(decode_card_action(one.message.data) for one in received)
            self._subscriber.acknowledge(subscription=self._path, ack_ids=[one.ack_id for one in received])
            return any(one.card_token == card_token and one.revision >= until_revision for one in told)

        wait_until(pull, 20)
        return [one for one in told if one.card_token == card_token]


def burst(size: int, **changes: object) -> list[Alert]:
    """Return alerts of a new account and card, a minute apart, none of which a default rule minds by itself."""
    account, card = f"ACC_{token_hex(4)}", token_hex(32)
    return [
        make_alert(
            transaction_id=f"TXN_{account}_{number}",
            sender_account_id=account,
            card_token=card,
            event_time=NOON + timedelta(minutes=number, microseconds=123456),
            **changes,
        )
        for number in range(size)
    ]


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both functions and what they need."""
    folder = tmp_path_factory.mktemp("automation-rules")
    with LocalStack(folder, (RULES, DESK)) as stack, pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            patch.setenv(name, value)
        publisher = PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True))
        cache = redis.Redis.from_url(stack.environment["REDIS_URL"])
        with publisher, SubscriberClient() as subscriber, cache:
            yield System(stack, firestore.Client(stack.settings.project), cache, publisher, subscriber)


@pytest.fixture
def card_messages(system: System) -> CardMessages:
    """What is told about cards from here on."""
    return CardMessages(system)
