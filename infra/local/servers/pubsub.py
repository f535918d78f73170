"""Pub/Sub: Google's emulator, the jar run by Java directly; it keeps everything in memory."""

from collections.abc import Mapping
from contextlib import suppress

import grpc
from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from infra.local.machine.ports import LOOPBACK, check_listening
from infra.local.machine.prerequisites import find_emulator
from infra.local.machine.process import Launcher
from infra.local.machine.workspace import Workspace
from infra.local.servers.java import JavaComponent, Program
from infra.local.servers.subscriptions import provide_pull, provide_push, push_subscriptions, subscriber
from infra.local.settings import Settings
from infra.services import TOPICS, dead_letters

_CALL_LIMIT_S = 10.0


class PubSub(JavaComponent):
    """The emulator with the topics of the contract."""

    name = "pubsub"

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port("pubsub")

    @property
    def host(self) -> str:
        """The address as Google's clients want it, without a scheme."""
        return f"{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the address."""
        return {"PUBSUB_EMULATOR_HOST": self.host}

    def require(self) -> None:
        """Raise MissingPrerequisiteError without Java or the emulator."""
        super().require()
        self.program()

    def program(self) -> Program:
        """Return the emulator's jar."""
        jar = find_emulator("pubsub-emulator", "lib/cloud-pubsub-emulator-*-all.jar", self.settings)
        main = "com.google.cloud.pubsub.testing.v1.Main"
        return Program(main, [jar], ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])

    def arguments(self) -> list[str]:
        """Return the address to listen on."""
        return [f"--host={LOOPBACK}", f"--port={self.port}"]

    def greet(self) -> None:
        """Create every topic that does not exist, each with its dead-letter topic."""
        check_listening(self.port)
        with grpc.insecure_channel(self.host) as channel:
            publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
            for topic in TOPICS:
                for name in (topic, dead_letters(topic)):
                    with suppress(AlreadyExists):
                        path = publisher.topic_path(self.settings.project, name)
                        publisher.create_topic(name=path, timeout=_CALL_LIMIT_S)

    def furnish(self, environment: Mapping[str, str], launcher: Launcher) -> None:
        """Create the subscriptions before anyone publishes: a topic keeps no message for later ones.

        A function that this stack runs has chosen its port before anything starts, and keeps it over restarts.
        """
        del environment, launcher
        with subscriber(self.host) as client:
            for topic in map(dead_letters, TOPICS):
                provide_pull(client, self.settings.project, topic, topic)
            for subscription in push_subscriptions(self.settings):
                port = self.workspace.ports.remembered(subscription.function)
                if port is not None:
                    provide_push(client, self.settings.project, subscription.pushed, port)
