"""Push and pull subscriptions on the Pub/Sub emulator: the same as `infra/components` declares for the cloud."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1 import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import DeadLetterPolicy, PushConfig
from google.pubsub_v1.types import Subscription as Wanted

from infra.local.errors import StackError
from infra.local.machine.ports import LOOPBACK
from infra.local.settings import Settings

_CALL_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a function is sent: every message of `topic`, in the order of each ordering key if `ordered`.

    A message that is still refused after `attempts` goes to the topic's dead-letter topic; None where the function
    gives up by itself.
    """

    name: str
    topic: str
    function: str
    path: str = "/"
    ordered: bool = True
    attempts: int | None = 20


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("alert-fanout", "fraud-alerts", "alert_fanout"),
    Subscription("automation-rules", "fraud-alerts", "automation_rules"),
    Subscription("gdpr-erasure", "erasure-requests", "gdpr_erasure", ordered=False),
)
"""Every push subscription that does not depend on settings, by the function it calls."""

DEAD_LETTERS = (
    "fraud-alerts-dead-letter",
    "alert-notifications-dead-letter",
    "card-actions-dead-letter",
    "erasure-requests-dead-letter",
)
"""Topics whose messages wait in a pull subscription of the same name until an operator looks."""


def push_subscriptions(settings: Settings) -> tuple[Subscription, ...]:
    """Return every push subscription: each channel of alerts has its own, so that none waits for another.

    Raises StackError where ALERT_CHANNELS has no names.
    """
    return (*SUBSCRIPTIONS, *map(_of_channel, _channel_names(settings)))


def _of_channel(name: str) -> Subscription:
    function, path = "alert_fanout", f"/channels/{name}"
    return Subscription(f"alert-channel-{name}", "alert-notifications", function, path, ordered=False, attempts=None)


def _channel_names(settings: Settings) -> list[str]:
    try:
        return [str(channel["name"]) for channel in json.loads(settings.alert_channels.get_secret_value() or "[]")]
    except (ValueError, TypeError, KeyError):
        pass
    raise StackError("ALERT_CHANNELS is not a JSON list of channels that have a name.")


@contextmanager
def subscriber(host: str) -> Iterator[SubscriberClient]:
    """Open a client of the emulator at `host`."""
    with grpc.insecure_channel(host) as channel:
        yield SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))


def provide_push(client: SubscriberClient, project: str, subscription: Subscription, port: int) -> None:
    """Create the subscription, or point the existing one at `port`.

    The emulator sends a refused message again each second. What it does with policies is left out: with a retry policy
    it drops an unordered message after the third refusal, and once it has dead-lettered a message of an ordering key
    it sends no other of that key.
    """
    path = client.subscription_path(project, subscription.name)
    push = PushConfig(push_endpoint=f"http://{LOOPBACK}:{port}{subscription.path}")
    topic = f"projects/{project}/topics/{subscription.topic}"
    wanted = Wanted(
        name=path,
        topic=topic,
        push_config=push,
        enable_message_ordering=subscription.ordered,
        ack_deadline_seconds=60,
    )
    if subscription.attempts and not subscription.ordered:
        wanted.dead_letter_policy = DeadLetterPolicy(
            dead_letter_topic=f"{topic}-dead-letter", max_delivery_attempts=subscription.attempts
        )
    try:
        client.create_subscription(request=wanted, timeout=_CALL_LIMIT_S)
    except AlreadyExists:
        client.modify_push_config(subscription=path, push_config=push, timeout=_CALL_LIMIT_S)


def provide_pull(client: SubscriberClient, project: str, name: str, topic: str) -> None:
    """Create a pull subscription unless it exists."""
    wanted = Wanted(name=client.subscription_path(project, name), topic=f"projects/{project}/topics/{topic}")
    try:
        client.create_subscription(request=wanted, timeout=_CALL_LIMIT_S)
    except AlreadyExists:
        return
