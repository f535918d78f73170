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
from infra.services import FAN_OUT, Pushed, channel_push, dead_letters, deployable

_CALL_LIMIT_S = 10.0
_HASTE = 2
"""How many times as often the emulator, which tries each second, may be refused as Pub/Sub, which waits longer."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A push subscription, and the function that it calls."""

    function: str
    pushed: Pushed


def push_subscriptions(settings: Settings) -> tuple[Subscription, ...]:
    """Return those of the deployed functions; each channel of alerts has its own, so that none waits for another.

    Raises StackError where ALERT_CHANNELS has no names.
    """
    by_function = [Subscription(service.folder, pushed) for service in deployable() for pushed in service.pushed]
    channels = (Subscription(FAN_OUT, channel_push(name)) for name in _channel_names(settings))
    return (*by_function, *channels)


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


def provide_push(client: SubscriberClient, project: str, pushed: Pushed, port: int) -> None:
    """Create the subscription, or point the existing one at `port`.

    The emulator sends a refused message again each second. What it does with policies is left out: with a retry policy
    it drops an unordered message after the third refusal, and once it has dead-lettered a message of an ordering key
    it sends no other of that key. Where the function gives up by itself, no policy is wanted: refusals while it waits
    come each second here, not after minutes.
    """
    path = client.subscription_path(project, pushed.name)
    push = PushConfig(push_endpoint=f"http://{LOOPBACK}:{port}{pushed.path}")
    topic = f"projects/{project}/topics/{pushed.topic}"
    wanted = Wanted(
        name=path, topic=topic, push_config=push, enable_message_ordering=pushed.ordered, ack_deadline_seconds=60
    )
    if not pushed.ordered and not pushed.counts_itself:
        wanted.dead_letter_policy = DeadLetterPolicy(
            dead_letter_topic=dead_letters(topic), max_delivery_attempts=_HASTE * pushed.attempts
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
