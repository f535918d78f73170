"""`make bench`: the job beside a hand-written loop on the same events, then the job with every sink,
then the live page (tests/bench/page.py).

Prints one JSON object. BENCH_EVENTS and BENCH_SINK_EVENTS set the sizes.
"""

import os
import sys
from typing import Any

import msgspec
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from infra.local.stack.local_stack import LocalStack
from tests.bench import ground
from tests.bench.loop import Result
from tests.bench.page import bench_page


def main() -> None:
    """Run both parts."""
    alone = _bench_alone(int(os.environ.get("BENCH_EVENTS", "3000000")))
    sinks = _bench_sinks(int(os.environ.get("BENCH_SINK_EVENTS", "200000")))
    figures = {"alone": alone, "all_sinks": sinks, "page": bench_page()}
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")


def _bench_alone(events: int) -> dict[str, Any]:
    with ground.stack("kafka") as stack:
        ground.simulate(stack, events)
        job = ground.job_without_sinks(stack, ground.positions(stack))
        loop = ground.loop(stack)
    ground.require_equal(dict(job.counts), loop.counts)
    ours, theirs = job.figures(), ground.loop_figures(loop)
    ratio = ours["events_per_cpu_second"] / theirs["events_per_cpu_second"]
    return {"job": ours, "loop": theirs, "job_to_loop_per_cpu_second": round(ratio, 2), "counts": dict(job.counts)}


def _bench_sinks(events: int) -> dict[str, Any]:
    with ground.stack("kafka", "redis", "pubsub", "bigquery") as stack:
        ground.simulate(stack, events)
        job = ground.job(stack, ground.positions(stack))
        results = stack.workspace.home / "loop.json"
        loop = ground.loop(stack, results)
        ground.require_equal(dict(job.counts), loop.counts)
        found = msgspec.json.decode(results.read_bytes(), type=list[Result])
        ground.require_equal(_stored(stack), {one.position: one for one in found})
    return {"job": job.figures(), "rows_compared_one_by_one": len(found)}


_FLAGS = {"HIGH_AMOUNT": 30, "VELOCITY_5M": 15, "GEO_CHANGE": 20, "DEVICE_CHANGE": 15}
_VELOCITY = "case when velocity_60s >= 5 then 55 when velocity_60s = 4 then 40 else 0 end"
_POINTS = "least(100, {})".format(
    " + ".join([_VELOCITY, *(f"if('{flag}' in unnest(risk_flags), {points}, 0)" for flag, points in _FLAGS.items())])
)
"""The score by the flags that the loop knows, whatever other detections have hit."""


def _stored(stack: LocalStack) -> dict[tuple[int, int], Result]:
    options = {"api_endpoint": stack.environment["BIGQUERY_EMULATOR_HOST"]}
    project = stack.environment["GOOGLE_CLOUD_PROJECT"]
    query = (
        f"select kafka_partition, kafka_offset, velocity_60s, velocity_5m, {_POINTS}, substr(card_token, 1, 16) "
        f"from `{project}.payment_data.payment_transactions_fraud`"
    )
    with bigquery.Client(project, AnonymousCredentials(), client_options=options) as client:
        rows = [Result(*row.values()) for row in client.query(query).result()]
    ground.require_equal(len(rows), len({row.position for row in rows}))
    return {row.position: row for row in rows}


if __name__ == "__main__":
    main()
