"""Resolve and pin anew the jars of the peers on Java: `python -m tests.bench.peers.jarlock`."""

from infra.local.machine.jarlock import Group, pin
from tests.bench.peers.java import JARS

_KAFKA = "org.apache.kafka"
GROUPS = (
    Group(
        "kafka-streams",
        ((_KAFKA, "kafka-streams", "4.1.1"), ("com.fasterxml.jackson.core", "jackson-databind", "2.19.0")),
        r"(kafka-streams|kafka-clients|rocksdbjni|jackson-(core|databind|annotations)|slf4j-api|lz4-java|snappy-java|zstd-jni)-.*",
    ),
    # The connector in one jar with all it needs; Flink itself is in PyFlink's wheel.
    Group(
        "flink",
        (
            ("org.apache.flink", "flink-sql-connector-kafka", "5.0.0-2.2"),
            ("com.fasterxml.jackson.core", "jackson-databind", "2.19.0"),
        ),
        r"(flink-sql-connector-kafka|jackson-(core|databind|annotations))-.*",
    ),
)

if __name__ == "__main__":
    pin(GROUPS, JARS)
