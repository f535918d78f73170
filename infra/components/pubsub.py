"""Pub/Sub: topics, each with a dead-letter topic that somebody keeps, and subscriptions that never expire."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.component import Component
from infra.components.place import Place
from infra.services import dead_letters

_DEADLINE_S = 60
_WEEK = "604800s"
_NEVER = gcp.pubsub.SubscriptionExpirationPolicyArgs(ttl="")
_RETRY = gcp.pubsub.SubscriptionRetryPolicyArgs(minimum_backoff="10s", maximum_backoff="600s")


@dataclass(frozen=True)
class TopicArgs:
    """`agent` is Google's Pub/Sub service agent, which moves dead letters."""

    place: Place
    agent: pulumi.Input[str]


class Topic(Component):
    """A topic, its dead-letter topic, and the subscription that keeps dead letters for a week."""

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Topic", name, args.place, opts)
        self._args, self._child = args, pulumi.ResourceOptions(parent=self)
        self._kept = pulumi.ResourceOptions(parent=self, protect=args.place.protected)
        self.topic = self._topic(name)
        self.dead_letters = self._topic(dead_letters(name))
        gcp.pubsub.Subscription(
            dead_letters(name),
            name=dead_letters(name),
            project=args.place.project,
            topic=self.dead_letters.id,
            expiration_policy=_NEVER,
            message_retention_duration=_WEEK,
            retry_policy=_RETRY,
            labels=args.place.labels,
            opts=self._child,
        )
        gcp.pubsub.TopicIAMMember(
            f"{name}-dead-letter-publisher",
            project=args.place.project,
            topic=self.dead_letters.id,
            role="roles/pubsub.publisher",
            member=args.agent,
            opts=self._child,
        )
        self.register_outputs({})

    def _topic(self, name: str) -> gcp.pubsub.Topic:
        return gcp.pubsub.Topic(
            name, name=name, project=self._args.place.project, labels=self._args.place.labels, opts=self._kept
        )


@dataclass(frozen=True)
class Push:
    """An HTTPS endpoint, and the service account whose token proves to it who calls."""

    endpoint: pulumi.Input[str]
    audience: pulumi.Input[str]
    caller: pulumi.Input[str]


@dataclass(frozen=True)
class SubscriptionArgs:
    """Pushed where `push` says, or pulled."""

    place: Place
    source: Topic
    agent: pulumi.Input[str]
    push: Push | None = None
    ordered: bool = True
    attempts: int = 10


class Subscription(Component):
    """Delivery, in order of the ordering key where asked for, retried with growing delays, then a dead letter."""

    def __init__(self, name: str, args: SubscriptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Subscription", name, args.place, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.subscription = gcp.pubsub.Subscription(
            name,
            name=name,
            project=args.place.project,
            topic=args.source.topic.id,
            ack_deadline_seconds=_DEADLINE_S,
            enable_message_ordering=args.ordered,
            expiration_policy=_NEVER,
            message_retention_duration=_WEEK,
            retry_policy=_RETRY,
            dead_letter_policy=gcp.pubsub.SubscriptionDeadLetterPolicyArgs(
                dead_letter_topic=args.source.dead_letters.id, max_delivery_attempts=args.attempts
            ),
            push_config=_push_config(args.push),
            labels=args.place.labels,
            opts=child,
        )
        gcp.pubsub.SubscriptionIAMMember(
            f"{name}-dead-letter-mover",
            project=args.place.project,
            subscription=self.subscription.id,
            role="roles/pubsub.subscriber",
            member=args.agent,
            opts=child,
        )
        self.register_outputs({})


def _push_config(push: Push | None) -> gcp.pubsub.SubscriptionPushConfigArgs | None:
    if push is None:
        return None
    return gcp.pubsub.SubscriptionPushConfigArgs(
        push_endpoint=push.endpoint,
        oidc_token=gcp.pubsub.SubscriptionPushConfigOidcTokenArgs(
            service_account_email=push.caller, audience=push.audience
        ),
    )
