"""A subscription to the alerts, as anyone's."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from google.api_core.exceptions import DeadlineExceeded

from infra.local.servers.subscriptions import provide_pull, subscriber

NAME = "faults"


@contextmanager
def subscribed(environment: Mapping[str, str]) -> Iterator[Callable[[], set[str]]]:
    """Subscribe to the alerts published from now on; yields what pulls those that wait: their transactions."""
    project = environment["GOOGLE_CLOUD_PROJECT"]
    with subscriber(environment["PUBSUB_EMULATOR_HOST"]) as client:
        provide_pull(client, project, NAME, "fraud-alerts")
        path = client.subscription_path(project, NAME)

        def pull() -> set[str]:
            found: set[str] = set()
            with suppress(DeadlineExceeded):  # as an empty answer: nothing waits any more
                while answer := client.pull(subscription=path, max_messages=1_000, timeout=5).received_messages:
                    found |= {json.loads(one.message.data)["transaction_id"] for one in answer}
                    client.acknowledge(subscription=path, ack_ids=[one.ack_id for one in answer], timeout=5)
            return found

        yield pull
        client.delete_subscription(subscription=path, timeout=10)
