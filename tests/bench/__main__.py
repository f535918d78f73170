"""`make bench`: the job beside a hand-written loop on the same events, then the job with every sink,
then the live page (tests/bench/page.py).

Prints one JSON object. BENCH_EVENTS and BENCH_SINK_EVENTS set the sizes.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from confluent_kafka import Consumer, TopicPartition
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from infra.local.machine.workspace import REPOSITORY
from infra.local.stack.local_stack import LocalStack
from tests.bench.job import Run, run_job
from tests.bench.loop import Result
from tests.bench.page import bench_page

TOPIC = "payment-events"
TRAFFIC = "--rate 5000 --no-pace --seed 7 --duplicates 0.02 --late 0.005 --malformed 0.005"
BATCH = "100000"


def main() -> None:
    """Run both parts."""
    alone = _bench_alone(int(os.environ.get("BENCH_EVENTS", "3000000")))
    sinks = _bench_sinks(int(os.environ.get("BENCH_SINK_EVENTS", "200000")))
    figures = {"alone": alone, "all_sinks": sinks, "page": bench_page()}
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")


def _bench_alone(events: int) -> dict[str, Any]:
    with _stack("kafka") as stack:
        _simulate(stack, events)
        job = _run(stack, _positions(stack), ENABLED_SINKS="[]", REDIS_URL="redis://127.0.0.1:1")
        loop = _loop(stack)
    _require_equal(dict(job.counts), loop["counts"])
    ours, theirs = job.figures(), _loop_figures(loop, sum(_dispositions(loop["counts"])))
    ratio = ours["events_per_cpu_second"] / theirs["events_per_cpu_second"]
    return {"job": ours, "loop": theirs, "job_to_loop_per_cpu_second": round(ratio, 2), "counts": dict(job.counts)}


def _bench_sinks(events: int) -> dict[str, Any]:
    with _stack("kafka", "redis", "pubsub", "bigquery") as stack:
        _simulate(stack, events)
        job = _run(stack, _positions(stack))
        results = stack.workspace.home / "loop.json"
        loop = _loop(stack, str(results))
        _require_equal(dict(job.counts), loop["counts"])
        found = msgspec.json.decode(results.read_bytes(), type=list[Result])
        _require_equal(_stored(stack), {(one.partition, one.offset): one for one in found})
    return {"job": job.figures(), "rows_compared_one_by_one": len(found)}


@contextmanager
def _stack(*components: str) -> Iterator[LocalStack]:
    with TemporaryDirectory() as folder, LocalStack(Path(folder), components) as stack:
        yield stack


def _simulate(stack: LocalStack, events: int) -> None:
    command = [sys.executable, "-m", "simulator", *TRAFFIC.split(), "--count", str(events)]
    subprocess.run(command, env=os.environ | stack.environment, cwd=REPOSITORY, check=True, stdout=sys.stderr)  # noqa: S603


def _positions(stack: LocalStack) -> int:
    options = {"bootstrap.servers": stack.environment["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "bench"}
    consumer = Consumer(options)
    partitions = consumer.list_topics(TOPIC).topics[TOPIC].partitions
    ends = [consumer.get_watermark_offsets(TopicPartition(TOPIC, number))[1] for number in partitions]
    consumer.close()
    return sum(ends)


def _run(stack: LocalStack, rows: int, **changes: str) -> Run:
    environment = {**stack.environment, "MAX_OFFSETS_PER_TRIGGER": BATCH, **changes}
    return run_job(stack.workspace, stack.settings, environment, rows)


def _loop(stack: LocalStack, *results: str) -> dict[str, Any]:
    servers, keys = stack.environment["KAFKA_BOOTSTRAP_SERVERS"], str(stack.workspace.hmac_keys_file)
    command = [sys.executable, "-m", "tests.bench.loop", servers, TOPIC, keys, *results]
    finished = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)  # noqa: S603
    answer: dict[str, Any] = msgspec.json.decode(finished.stdout)
    return answer


def _loop_figures(loop: dict[str, Any], events: int) -> dict[str, float]:
    return {
        "events": events,
        "events_per_second": round(events / loop["seconds"]),
        "cpu_seconds": round(loop["cpu_seconds"], 1),
        "events_per_cpu_second": round(events / loop["cpu_seconds"]),
    }


def _dispositions(counts: dict[str, int]) -> Iterator[int]:
    return (counts.get(name, 0) for name in ("accepted", "duplicate", "late", "rejected"))


def _stored(stack: LocalStack) -> dict[tuple[int, int], Result]:
    options = {"api_endpoint": stack.environment["BIGQUERY_EMULATOR_HOST"]}
    project = stack.environment["GOOGLE_CLOUD_PROJECT"]
    query = (
        "select kafka_partition, kafka_offset, velocity_60s, velocity_5m, fraud_score "
        f"from `{project}.payment_data.payment_transactions_fraud`"
    )
    with bigquery.Client(project, AnonymousCredentials(), client_options=options) as client:
        rows = [Result(*row.values()) for row in client.query(query).result()]
    _require_equal(len(rows), len({(row.partition, row.offset) for row in rows}))
    return {(row.partition, row.offset): row for row in rows}


def _require_equal(ours: object, theirs: object) -> None:
    if ours != theirs:
        sys.exit(f"the job and the loop disagree: {str(ours)[:500]} is not {str(theirs)[:500]}")


if __name__ == "__main__":
    main()
