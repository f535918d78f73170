"""What every comparison stands on: a stack of its own, seeded events in its Kafka, and the loop's answer to them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from confluent_kafka import Consumer, TopicPartition

from infra.local import hmac_keys
from infra.local.machine.workspace import REPOSITORY
from infra.local.stack.local_stack import LocalStack
from tests.bench.job import Run, run_job
from tests.bench.loop import Answer

TOPIC = "payment-events"
TRAFFIC = "--rate 5000 --no-pace --seed 7 --duplicates 0.02 --late 0.005 --malformed 0.005"
BATCH, LEAST_BATCH, BATCHES = 100_000, 5_000, 8

BOTH_COMPILERS = {"_JAVA_OPTIONS": "-XX:TieredStopAtLevel=4"}
"""Java as on a cluster: the laptop's job, which people start and stop, has the first of its compilers alone."""

NO_FIRESTORE = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}
"""For a job in a stack without Firestore: nobody answers there at once, and the default detections judge."""


@contextmanager
def stack(*components: str) -> Iterator[LocalStack]:
    """Run these components in a folder that goes with them, with a key to hash cards."""
    with TemporaryDirectory() as folder, LocalStack(Path(folder), components) as running:
        hmac_keys.provide(running.workspace.hmac_keys_file)
        yield running


def simulate(running: LocalStack, events: int) -> None:
    """Publish the seeded events."""
    command = [sys.executable, "-m", "simulator", *TRAFFIC.split(), "--count", str(events)]
    subprocess.run(command, env=os.environ | running.environment, cwd=REPOSITORY, check=True, stdout=sys.stderr)  # noqa: S603


def positions(running: LocalStack) -> int:
    """Return how many positions the topic has."""
    options = {"bootstrap.servers": running.environment["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "bench"}
    consumer = Consumer(options)
    partitions = consumer.list_topics(TOPIC).topics[TOPIC].partitions
    ends = [consumer.get_watermark_offsets(TopicPartition(TOPIC, number))[1] for number in partitions]
    consumer.close()
    return sum(ends)


def job(running: LocalStack, rows: int, **changes: str) -> Run:
    """Run the job from an empty checkpoint over this many positions."""
    environment = {**NO_FIRESTORE, **running.environment, "MAX_OFFSETS_PER_TRIGGER": str(BATCH), **changes}
    return run_job(running.workspace, running.settings, environment, rows)


def job_without_sinks(running: LocalStack, rows: int) -> Run:
    """Run the job so that it writes nothing; batches are smaller where few events would make too few of them."""
    batch = str(min(BATCH, max(LEAST_BATCH, rows // BATCHES)))
    changes = BOTH_COMPILERS | {"ENABLED_SINKS": "[]", "REDIS_URL": "redis://127.0.0.1:1"}
    return job(running, rows, **changes, MAX_OFFSETS_PER_TRIGGER=batch)


def loop(running: LocalStack, *results: Path) -> Answer:
    """Run the loop in a process of its own; a file given gets what it found of each accepted position."""
    servers, keys = running.environment["KAFKA_BOOTSTRAP_SERVERS"], str(running.workspace.hmac_keys_file)
    command = [sys.executable, "-m", "tests.bench.loop", servers, TOPIC, keys, *map(str, results)]
    finished = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)  # noqa: S603
    return msgspec.json.decode(finished.stdout, type=Answer)


def loop_figures(answer: Answer) -> Mapping[str, float]:
    """Return the loop's rates, over all it did."""
    events = sum(answer.counts.get(name, 0) for name in ("accepted", "duplicate", "late", "rejected"))
    return {
        "events": events,
        "events_per_second": round(events / answer.seconds),
        "cpu_seconds": round(answer.cpu_seconds, 1),
        "events_per_cpu_second": round(events / answer.cpu_seconds),
    }


def require_equal(ours: object, theirs: object) -> None:
    """End the benchmark unless both agree: a speed of something else is no figure."""
    if ours != theirs:
        sys.exit(f"the job and the loop disagree: {str(ours)[:500]} is not {str(theirs)[:500]}")
