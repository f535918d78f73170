"""`python -m tests.bench.growth`: what a batch costs beside what is remembered, by accounts and by buckets.

The tasks' own functions over runs on this machine's disk, and micro-batches of the job's query through Spark. CPU time
in milliseconds, the median of several batches. Prints one JSON object.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.stages.dispositions import balanced_buckets
from fraud_stream.stages.election import ElectTask
from fraud_stream.stages.masking import TIMESTAMP
from fraud_stream.stages.velocity import observe
from fraud_stream.state.charges import RecentCharges
from fraud_stream.state.hashing import hash64, hash128
from fraud_stream.state.ids import OUTLINE, Ids
from fraud_stream.state.run import Family
from fraud_stream.state.store import RunStore, run_store
from tests.builders import NOON, Position, payment_json, rfc3339
from tests.spark.history import Replay, record
from tests.spark.session import local_session

NOW = int(NOON.timestamp()) * 1_000_000
BEGINNING = -1
BATCHES = 15
REMEMBERED = (100_000, 1_000_000, 10_000_000, 30_000_000)
ROWS = (100, 5_000)
SENDERS = (1_000, 100_000, 5_000_000)
BUCKETS = (2, 12, 96)
CHARGES = 1_000_000


def main() -> None:
    """Measure every growth."""
    figures = {
        "election_ms_by_remembered_ids": dict(_elections()),
        "velocity_ms_by_accounts": dict(_velocities()),
        "state_of_100_rows_ms_by_buckets": dict(_buckets()),
        "new_executor_seconds_by_remembered_ids": dict(_new_executors()),
        "batch_of_100_rows_through_spark_ms": dict(_batches()),
    }
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")


def _elections() -> Iterator[tuple[str, dict[int, float]]]:
    for remembered in REMEMBERED:
        with TemporaryDirectory() as folder:
            _begin_ids(folder, remembered, 1)
            yield f"{remembered:,}", {rows: _cpu_ms(_electing(folder, rows)) for rows in ROWS}


def _electing(folder: str, rows: int) -> Callable[[int], object]:
    batches = [_outlines(rows, batch) for batch in range(BATCHES)]
    first = rows * 1_000  # batches of one size after those of another
    return lambda batch: ElectTask(folder, (0,), first + batch, NOW, {}).elect(batches[batch], 0)


def _velocities() -> Iterator[tuple[str, dict[int, float]]]:
    for senders in SENDERS:
        with TemporaryDirectory() as folder:
            _begin_charges(folder, np.arange(CHARGES) % senders)
            yield f"{senders:,} accounts", {rows: _observing(folder, senders, rows) for rows in ROWS}
    with TemporaryDirectory() as folder:
        _begin_charges(folder, np.zeros(CHARGES // 10, np.int64))
        yield "one hot account of 100,000 charges", {ROWS[0]: _observing(folder, 1, ROWS[0])}


def _observing(folder: str, senders: int, rows: int) -> float:
    store, family = run_store(folder, RecentCharges.name, 0), RecentCharges({})
    accepted = [_accepted(rows, senders, batch) for batch in range(BATCHES)]
    return _cpu_ms(lambda batch: observe(accepted[batch], store.before(batch, family), {}))


def _buckets() -> Iterator[tuple[int, float]]:
    for buckets in BUCKETS:
        with TemporaryDirectory() as folder:
            _begin_ids(folder, 1_000_000, buckets)
            rows = [_outlines(max(1, ROWS[0] // buckets), batch) for batch in range(BATCHES)]
            numbers = tuple(range(buckets))
            yield (
                buckets,
                _cpu_ms(
                    lambda batch, rows=rows, numbers=numbers, folder=folder: [  # type: ignore[misc]
                        ElectTask(folder, numbers, batch, NOW, {}).elect(rows[batch], number) for number in numbers
                    ]
                ),
            )


def _new_executors() -> Iterator[tuple[str, float]]:
    for remembered in REMEMBERED[:3]:
        with TemporaryDirectory() as folder:
            _begin_ids(folder, remembered, 1)
            fresh = RunStore(Checkpoint.at(folder), f"runs/{Ids.name}/0", Path(folder, "copies"))
            began = time.monotonic()
            fresh.before(0, Ids(NOW))
            yield f"{remembered:,}", round(time.monotonic() - began, 2)


def _batches() -> Iterator[tuple[str, float]]:
    with TemporaryDirectory() as scratch:
        spark = local_session("growth", Path(scratch))
        buckets = balanced_buckets(spark, 2)
        _through_spark(spark, buckets, REMEMBERED[0])  # the first query of a session is slower
        for remembered in (REMEMBERED[0], REMEMBERED[2]):
            yield f"{remembered:,} ids", _through_spark(spark, buckets, remembered)
        spark.stop()


def _through_spark(spark: SparkSession, buckets: Sequence[int], remembered: int) -> float:
    with TemporaryDirectory() as folder:
        checkpoint = str(Path(folder, "checkpoint"))
        _begin_ids(checkpoint, remembered, len(buckets))
        history = record(Path(folder, "history"), [_positions(batch) for batch in range(2 * BATCHES)])
        replay = Replay(spark, buckets, history, Path(checkpoint))
        replay.run()
        progress = replay.query.recentProgress[BATCHES:]
        return float(median(one.durationMs["addBatch"] for one in progress))


def _positions(batch: int) -> list[Position]:
    moment = NOON + timedelta(seconds=batch)
    return [
        Position(
            value=payment_json(
                transaction_id=f"T{batch}_{row}", event_time=rfc3339(moment), sender_account_id=f"A{row}"
            ),
            offset=row + ROWS[0] * batch,
            appended=moment,
        )
        for row in range(ROWS[0])
    ]


def _begin_ids(location: str, count: int, buckets: int) -> None:
    drawn = np.random.default_rng(7)
    for bucket in range(buckets):
        size = count // buckets
        h1, h2 = (drawn.integers(0, 2**64, size, np.uint64) for _ in range(2))
        rest = [np.full(size, NOW), np.zeros(size, np.int32), np.arange(size)]
        _begin(location, Ids(NOW), pa.table([h1, h2, *rest], Ids.schema.names), bucket)


def _begin_charges(location: str, senders: np.ndarray) -> None:
    count = len(senders)
    hashes = np.frombuffer(hash64(pa.array(np.unique(senders)).cast(pa.string())), np.uint64)[senders]
    at = NOW - np.arange(count) % 300_000_000
    ids = pa.array([f"TXN_{number}" for number in range(count)])
    ones = np.ones(count, np.uint64)
    columns = [hashes, at, np.zeros(count, np.int32), ones, ones, ids]
    _begin(location, RecentCharges({}), pa.table(columns, RecentCharges.schema.names), 0)


def _begin(location: str, family: Family, rows: pa.Table, bucket: int) -> None:
    run_store(location, family.name, bucket).create(BEGINNING, family, rows.cast(family.schema))


def _outlines(rows: int, batch: int) -> pa.Table:
    h1, h2 = hash128(pa.array([f"NEW_{rows}_{batch}_{row}" for row in range(rows)]))
    moments = np.full(rows, NOW + batch)
    return pa.table([h1, h2, moments, moments, np.zeros(rows, np.int32), np.arange(rows)], OUTLINE.names).cast(OUTLINE)


def _accepted(rows: int, senders: int, batch: int) -> pa.Table:
    drawn = np.random.default_rng(batch).integers(0, senders, rows)
    moment = pa.repeat(pa.scalar(NOW + batch, pa.int64()), rows).cast(TIMESTAMP)
    text = {"region": "US", "device_id": "d"}
    return pa.table(
        {
            "transaction_id": [f"NEW_{batch}_{row}" for row in range(rows)],
            "kafka_partition": pa.array(np.zeros(rows, np.int32)),
            "kafka_offset": pa.array(np.arange(rows)),
            "kafka_timestamp": moment,
            "event_time": moment,
            "sender_account_id": pa.array(drawn).cast(pa.string()),
            **{name: pa.repeat(value, rows) for name, value in text.items()},
        }
    )


def _cpu_ms(batch: Callable[[int], object]) -> float:
    spent = []
    for number in range(BATCHES):
        began = time.process_time()
        batch(number)
        spent.append(time.process_time() - began)
    return round(1_000 * median(spent[BATCHES // 3 :]), 2)


if __name__ == "__main__":
    main()
