"""`python -m tests.bench.latency`: from Kafka's append of a payment to its alert in Redis, by the two servers' clocks.

Prints one JSON object: the latencies of the first minute after the job says that it reads, and of the time after it;
the CPU-seconds a second of the job's processes; and where a micro-batch's milliseconds go, by Spark's own account.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from statistics import mean
from threading import Event
from time import monotonic
from typing import Annotated, Any

import msgspec
import redis
import typer
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from fraud.alerts.alert import decode_alert
from fraud.alerts.names import STREAM
from infra.local.machine.process import Launcher
from infra.local.machine.workspace import REPOSITORY
from infra.local.servers.component import await_ready
from infra.local.stack.catalogue import SERVICES
from infra.local.stack.local_stack import LocalStack
from tests.bench import ground
from tests.bench.cost import cpu_seconds
from tests.bench.job import events

TRAFFIC = "--base-rate eu --seed 7 --duplicates 0.02 --late 0.005 --malformed 0.005"
FIRST_MINUTE_MS = 60_000
SHARES = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
Position = tuple[int, int]


class Told(msgspec.Struct, frozen=True):
    """An alert of a payment at a Kafka position, and when Redis took it (ms since 1970)."""

    position: Position
    at_ms: int


def main(
    rate: Annotated[float, typer.Option(help="Messages a second.")] = 1_000,
    seconds: Annotated[int, typer.Option(help="How long.")] = 660,
    *,
    whole: Annotated[bool, typer.Option(help="The whole stack, instead of Kafka, Redis and the job.")] = False,
) -> None:
    """Measure at one rate."""
    components = SERVICES if whole else ("kafka", "redis")
    with ground.stack(*components) as stack, _job(stack, whole=whole) as pid:
        began_ms, spent, started = _now_ms(stack), cpu_seconds(pid), monotonic()
        _send(stack, rate, seconds)
        cost = (cpu_seconds(pid) - spent) / (monotonic() - started)
        alerts, appended = _alerts(stack), _append_times(stack)
        batches = [event for event in events(stack.workspace.log("spark")) if event["event"] == "progress"]
    sys.stdout.write(msgspec.json.encode(_figures(alerts, appended, began_ms, cost, batches)).decode() + "\n")


@contextmanager
def _job(stack: LocalStack, *, whole: bool) -> Iterator[int]:
    """Give the process id of the job's driver: a child of this process unless the stack's supervisor has started it."""
    if whole:
        yield stack.pids["spark"]
        return
    spark, launcher = stack.component("spark"), Launcher()
    spark.prepare(launcher)
    command = spark.command(ground.NO_FIRESTORE | stack.environment | {"ENABLED_SINKS": '["redis"]'})
    child = launcher.spawn(command, stack.workspace.log("spark"), stack.workspace.data("spark"))
    try:
        await_ready(spark, child, Event())
        yield child.pid
    finally:
        child.stop(spark.patience)
        launcher.close()


def _send(stack: LocalStack, rate: float, seconds: int) -> None:
    """Send for so long: the simulator itself would play every episode to its end."""
    command = [sys.executable, "-m", "simulator", *TRAFFIC.split(), "--rate", str(rate), "--duration", str(seconds)]
    environment = os.environ | stack.environment
    with subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=sys.stderr) as traffic:  # noqa: S603
        with suppress(subprocess.TimeoutExpired):
            traffic.wait(seconds)
        traffic.terminate()


def _now_ms(stack: LocalStack) -> int:
    second, microsecond = _redis(stack).time()
    return int(second) * 1_000 + int(microsecond) // 1_000


def _redis(stack: LocalStack) -> redis.Redis:
    return redis.Redis.from_url(stack.environment["REDIS_URL"])


def _alerts(stack: LocalStack) -> list[Told]:
    """Return what stands in the stream: a run longer than it holds would be told of by its end alone."""
    found = []
    entries: Any = _redis(stack).xrange(STREAM)
    for number, entry in entries:
        alert = decode_alert(entry[b"alert"])
        if alert.kafka_partition is not None and alert.kafka_offset is not None:
            found.append(Told((alert.kafka_partition, alert.kafka_offset), int(number.split(b"-")[0])))
    return found


def _append_times(stack: LocalStack) -> dict[Position, int]:
    """Return when Kafka appended each record (ms since 1970)."""
    options = {"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "bench"}
    consumer = Consumer(options | {"enable.auto.commit": False, "enable.partition.eof": False})
    partitions = consumer.list_topics(ground.TOPIC).topics[ground.TOPIC].partitions
    consumer.assign([TopicPartition(ground.TOPIC, number, OFFSET_BEGINNING) for number in partitions])
    appended: dict[Position, int] = {}
    count = ground.positions(stack)
    while len(appended) < count:
        for message in consumer.consume(10_000, timeout=5):
            appended[int(message.partition() or 0), int(message.offset() or 0)] = message.timestamp()[1]
    consumer.close()
    return appended


def _figures(
    alerts: Sequence[Told],
    appended: Mapping[Position, int],
    began_ms: int,
    cost: float,
    batches: Sequence[Mapping[str, Any]],
) -> dict[str, object]:
    ages = [(appended[alert.position] - began_ms, alert.at_ms - appended[alert.position]) for alert in alerts]
    return {
        "first_minute": _quantiles([age for since, age in ages if since < FIRST_MINUTE_MS]),
        "after_it": _quantiles([age for since, age in ages if since >= FIRST_MINUTE_MS]),
        "cores": round(cost, 2),
        "batch_rows": round(mean(batch["input_rows"] for batch in batches)),
        "batch_ms": {
            step: round(mean(batch["durations_ms"].get(step, 0) for batch in batches))
            for step in sorted({step for batch in batches for step in batch["durations_ms"]})
        },
    }


def _quantiles(ages: Sequence[int]) -> dict[str, int]:
    ordered = sorted(ages)
    places = {name: min(int(share * len(ordered)), len(ordered) - 1) for name, share in SHARES.items()}
    return {"alerts": len(ordered), **{name: ordered[place] for name, place in places.items() if ordered}}


if __name__ == "__main__":
    typer.run(main)
