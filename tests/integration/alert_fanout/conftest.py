"""alert_fanout as its own process, on the Pub/Sub and Firestore emulators, in a stack of its own."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.cloud.pubsub_v1.types import PublisherOptions
from pydantic import SecretStr

from fraud.alerts.alert import Alert, encode_alert
from infra.local.functions.alert_fanout import AlertFanout
from infra.local.settings import Settings
from infra.local.stack.local_stack import LocalStack
from tests.integration.alert_fanout.reception import Reception, serve

URL_PATH = "T0hush"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
PERSISTENCE = {
    "DOCUMENT_RETENTION_DAYS": "30",
    "ALERT_DELIVERY_ATTEMPTS": "3",
    "ALERT_DELIVERY_FIRST_DELAY_SECONDS": "0.1",
    "ALERT_DELIVERY_LONGEST_DELAY_SECONDS": "3",
    "ALERT_DELIVERY_TIMEOUT_SECONDS": "2",
}


@dataclass(frozen=True)
class System:
    """A running function and what it works with."""

    stack: LocalStack
    documents: firestore.Client
    publisher: PublisherClient
    subscriber: SubscriberClient

    @property
    def port(self) -> int:
        """The function's port."""
        component = self.stack.component(AlertFanout.name)
        assert isinstance(component, AlertFanout)
        return component.port

    def publish(self, *messages: Alert | bytes, topic: str = "fraud-alerts") -> None:
        """Publish alerts as the job does, or any bytes."""
        path = self.publisher.topic_path(self.stack.settings.project, topic)
        sent = [
            self.publisher.publish(path, encode_alert(one), one.sender_account_id)
            if isinstance(one, Alert)
            else self.publisher.publish(path, one)
            for one in messages
        ]
        for future in sent:
            future.result(20)

    def kept(self, path: str) -> dict[str, Any] | None:
        """Return a document, None where there is none."""
        return self.documents.document(path).get(timeout=20).to_dict()

    def found(self, collection: str, name: str, value: str) -> list[dict[str, Any]]:
        """Return a collection's documents of which a field has a value."""
        query = self.documents.collection(collection).where(filter=FieldFilter(name, "==", value))
        return [snapshot.to_dict() or {} for snapshot in query.stream(timeout=20)]

    def dead_letters(self, topic: str) -> list[tuple[bytes, str]]:
        """Take what is on a topic's dead-letter topic: the data and the reason."""
        path = self.subscriber.subscription_path(self.stack.settings.project, f"{topic}-dead-letter")
        received = self.subscriber.pull(subscription=path, max_messages=100, timeout=20).received_messages
        if received:
            self.subscriber.acknowledge(subscription=path, ack_ids=[one.ack_id for one in received])
        return [(one.message.data, one.message.attributes.get("reason", "")) for one in received]

    def kill(self) -> None:
        """End the function as a crash of its machine would, and start it again."""
        os.killpg(self.stack.pids[AlertFanout.name], signal.SIGKILL)
        self.stack.restart(AlertFanout.name)


def channels(port: int) -> list[dict[str, str]]:
    """Return channels that end at a reception, and one at which nobody listens."""
    address = f"http://127.0.0.1:{port}"
    return [
        {"name": "ops", "kind": "webhook", "url": f"{address}/ops/{URL_PATH}"},
        {"name": "chat", "kind": "slack", "url": f"{address}/chat/{URL_PATH}"},
        {"name": "slow", "kind": "slack", "url": f"{address}/slow"},
        {"name": "gone", "kind": "slack", "url": "http://127.0.0.1:1/"},
    ]


@pytest.fixture(scope="package")
def reception() -> Iterator[Reception]:
    """The far end of the channels."""
    held = Reception()
    with serve(held) as server:
        held.port = server.server_address[1]
        yield held
        server.shutdown()


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory, reception: Reception) -> Iterator[System]:
    """The function with its channels, and the emulators it needs."""
    settings = Settings(
        alert_channels=SecretStr(json.dumps(channels(reception.port))),
        alert_channel_secrets=SecretStr(json.dumps({"ops": SIGNING_SECRET})),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PERSISTENCE.items():
            patch.setenv(name, value)
        with LocalStack(tmp_path_factory.mktemp("alert-fanout"), (AlertFanout.name,), settings) as stack:
            for name, value in stack.environment.items():
                patch.setenv(name, value)
            publisher = PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True))
            with publisher, SubscriberClient() as subscriber:
                yield System(stack, firestore.Client(settings.project), publisher, subscriber)
