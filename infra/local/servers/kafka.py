"""Kafka: a real single-node broker (KRaft, no ZooKeeper), its jars fetched from Maven Central."""

import shutil
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, but its types do not re-export them
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from infra.local.machine import jars
from infra.local.machine.cache import exclusive
from infra.local.machine.ports import LOOPBACK, check_listening
from infra.local.machine.prerequisites import find_java
from infra.local.machine.process import Command, Launcher
from infra.local.machine.workspace import Workspace
from infra.local.servers.java import JavaComponent, Program
from infra.local.settings import Settings

PAYMENT_EVENTS = "payment-events"
DEAD_LETTERS = "payment-events-dead-letter"
PARTITIONS = 4

_LOGGING = Path(__file__).with_name("kafka-log4j2.properties")
_CLUSTER_ID = "cGF5bWVudC1mcmF1ZC0wMQ"  # 16 bytes in URL-safe base64, as Kafka wants it
_HOUR_MS = 3_600_000
_CALL_LIMIT_S = 10.0
_SINGLE_NODE = {
    "auto.create.topics.enable": "false",
    "message.max.bytes": 8388608,
    "replica.fetch.max.bytes": 8388608,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    # With the defaults a broker that was killed is let in again only after the 9 s of its old session.
    "broker.session.timeout.ms": 1500,
    "broker.heartbeat.interval.ms": 300,
}
_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={_LOGGING}",
)


class Kafka(JavaComponent):
    """The broker with the topics of the contract; its data survives restarts."""

    name = "kafka"

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        super().__init__(workspace, settings)
        self.port = workspace.ports.port("kafka")
        self._controller_port = workspace.ports.port("kafka-controller")
        self._properties = workspace.data("kafka") / "server.properties"

    @cached_property
    def _jars(self) -> tuple[Path, ...]:
        return jars.install("kafka", self.settings.cache)

    @property
    def bootstrap_servers(self) -> str:
        """The address clients start from."""
        return f"{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the bootstrap address."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers}

    def program(self) -> Program:
        """Return the broker's main class and jars, fetched if need be."""
        return Program("kafka.Kafka", self._jars, _OPTIONS)

    def arguments(self) -> list[str]:
        """Return the path of the server's properties."""
        return [str(self._properties)]

    def lay_out(self, launcher: Launcher) -> None:
        """Write the server's properties, and format its storage the first time."""
        storage = self.workspace.data("kafka") / "data"
        self._properties.write_text(render(self._server_properties(storage)))
        if not (storage / "meta.properties").exists():
            shutil.copytree(self._template(launcher), storage)

    def greet(self) -> None:
        """Create the topics through the admin client, and ask for their metadata."""
        check_listening(self.port)
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        wanted = topics(self.settings.payment_events_retention_hours)
        for topic, settings in wanted.items():
            provide_topic(admin, topic, settings)
        check_led(admin, wanted)

    def _server_properties(self, storage: Path) -> dict[str, object]:
        broker, controller = f"{LOOPBACK}:{self.port}", f"{LOOPBACK}:{self._controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": storage,
            **_SINGLE_NODE,
        }

    def _template(self, launcher: Launcher) -> Path:
        """Return freshly formatted storage, made once for a machine: it holds ids only, no address."""
        broker = next(jar for jar in self._jars if jar.name.startswith("kafka_"))
        template = self.settings.cache / "kafka-storage" / broker.stem
        with exclusive(template.parent / ".lock"):
            if not template.exists():
                with TemporaryDirectory(dir=template.parent) as scratch:
                    self._format(Path(scratch), launcher).rename(template)
        return template

    def _format(self, scratch: Path, launcher: Launcher) -> Path:
        storage, properties = scratch / "storage", scratch / "server.properties"
        properties.write_text(render(self._server_properties(storage)))
        java, classpath = str(find_java(self.settings)), ":".join(map(str, self._jars))
        tool = [java, *_OPTIONS, "-cp", classpath, "kafka.tools.StorageTool"]
        launcher.run(Command([*tool, "format", "-t", _CLUSTER_ID, "-c", str(properties)]), self.workspace.log("kafka"))
        return storage


def topics(retention_hours: int) -> dict[str, dict[str, str]]:
    """Return the settings of each topic of the contract."""
    card_data = {
        "retention.ms": str(retention_hours * _HOUR_MS),
        "segment.ms": str(_HOUR_MS),  # only closed segments are deleted: card data goes an hour late at most
    }
    return {
        PAYMENT_EVENTS: {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "6291456", **card_data},
        # A rejected record is kept whole, with headers added.
        DEAD_LETTERS: {"max.message.bytes": "8388608", **card_data},
    }


def provide_topic(admin: AdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """Create the topic, or give the existing one these settings; raises KafkaException."""
    wanted = NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1, config=dict(settings))
    try:
        admin.create_topics([wanted], request_timeout=_CALL_LIMIT_S)[topic].result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        admin.incremental_alter_configs([resource], request_timeout=_CALL_LIMIT_S)[resource].result()


def check_led(admin: AdminClient, names: Iterable[str]) -> None:
    """Raise LookupError until clients can see every partition of these topics with a leader."""
    known = admin.list_topics(timeout=_CALL_LIMIT_S).topics
    for name in names:
        partitions = known[name].partitions.values()
        if len(partitions) < PARTITIONS or any(partition.leader < 0 for partition in partitions):
            raise LookupError(f"{name} has no leader yet")


def render(properties: Mapping[str, object]) -> str:
    """Return a Java properties file."""
    return "".join(f"{name}={value}\n" for name, value in properties.items())
