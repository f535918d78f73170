"""Kafka Streams: Java, state in RocksDB, changelog topics."""

from infra.local.machine.process import Command
from tests.bench.peers.java import archive, java, provide_jars, write_rules
from tests.bench.peers.peer import Ground, Peer


class KafkaStreams(Peer):
    """Two threads, exactly once (v2), a commit each second."""

    name = "kafka-streams"
    title = "Kafka Streams 4.1.1"
    promises = "exactly once; ids compared within a partition"

    def prepare(self, ground: Ground) -> Command:
        """Compile the topology, and return it."""
        jars = provide_jars(self.name, ground)
        classpath = ":".join(map(str, (archive("streams", jars, ground), *jars)))
        command = [str(java(ground)), "-Xmx2g", "-cp", classpath, "peers.streams.Main"]
        return Command(command, ground.environment | {"RULES": str(write_rules(ground))})
