"""`python -m tests.bench.dedup_state`: what the election of the first remembers over simulated hours.

The job's own query reads files of payments whose clocks and append times advance two minutes a batch, as fast as it
can. Prints one JSON object a measured batch: ids remembered, and RocksDB's files and memory.
"""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import typer
from pyspark.sql import DataFrame, SparkSession

from detect_fraud import settle_payments
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier
from fraud_stream.stages.dispositions import balanced_buckets
from fraud_stream.stages.masking import TIMESTAMP
from fraud_stream.stages.source import as_positions
from tests.builders import NOON, TOPIC, payment_json, rfc3339
from tests.spark.history import KAFKA_COLUMNS
from tests.spark.session import local_session

BATCH_S = 120
SHOWN_EVERY = 5
KEPT = "--conf spark.sql.streaming.numRecentProgressUpdates=10000"


def main(
    rate: Annotated[int, typer.Option(help="Events a second.")] = 50,
    hours: Annotated[float, typer.Option(help="Hours of event time.")] = 3.0,
) -> None:
    """Let the query read all of it, then print what its progress has said."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        spark = local_session("dedup_state", home / "scratch", KEPT)
        write_history(home / "history", rate, int(hours * 3_600 / BATCH_S))
        progress = read(spark, home)
        spark.stop()
    for number, figures in enumerate(states(progress)):
        if number % SHOWN_EVERY == 0:
            typer.echo(json.dumps(figures))


def write_history(folder: Path, rate: int, batches: int) -> None:
    """Write one file a batch, each with three in a hundred sent again."""
    folder.mkdir()
    chance, count = np.random.default_rng(7), rate * BATCH_S
    for number in range(batches):
        began = NOON + timedelta(seconds=BATCH_S * number)
        moments = [began + timedelta(seconds=BATCH_S * place / count) for place in range(count)]
        numbers = np.arange(number * count, (number + 1) * count)
        again = chance.random(count) < 0.03
        ids = np.where(again, np.maximum(0, numbers - 100), numbers)
        path = folder / f"{number:04}.parquet"
        pq.write_table(_positions(moments, ids, number * count), path)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def _positions(moments: Sequence[Any], ids: np.ndarray[Any, Any], first: int) -> pa.Table:
    values = [
        payment_json(
            transaction_id=f"TXN_{number * 2_654_435_761 % 2**32:08x}_{number}",
            sender_account_id=f"ACC_{number % 100_000:06d}",
            event_time=rfc3339(moment),
        )
        for moment, number in zip(moments, ids.tolist(), strict=True)
    ]
    count = len(values)
    return pa.table(
        {
            "value": pa.array(values, pa.binary()),
            "topic": pa.repeat(TOPIC, count),
            "partition": pa.repeat(pa.scalar(0, pa.int32()), count),
            "offset": pa.array(range(first, first + count), pa.int64()),
            "timestamp": pa.array(moments, TIMESTAMP),
        }
    )


def read(spark: SparkSession, home: Path) -> list[Any]:
    """Run the job's query without its sinks; return Spark's progress of each batch."""
    location = str(home / "checkpoint")
    buckets = balanced_buckets(spark, int(str(spark.conf.get("spark.sql.shuffle.partitions"))))
    source = spark.readStream.schema(KAFKA_COLUMNS).option("maxFilesPerTrigger", 1).parquet(str(home / "history"))

    def write(rows: DataFrame, batch: int) -> None:
        rows.write.format("noop").mode("overwrite").save()
        end = NOON + timedelta(seconds=BATCH_S * (batch + 1))
        Frontier(Checkpoint.at(location)).record(batch, int(end.timestamp() * 1_000))

    query = (
        settle_payments(as_positions(source), buckets, location)
        .writeStream.option("checkpointLocation", location)
        .trigger(availableNow=True)
        .foreachBatch(write)
        .start()
    )
    query.awaitTermination()
    return list(query.recentProgress)


def states(progress: Sequence[Any]) -> Iterator[dict[str, object]]:
    """Yield what the state of the election was after each batch."""
    ids = 0
    for number, batch in enumerate(progress):
        state = next(one for one in batch.stateOperators if one.operatorName == "dedupeWithinWatermark")
        ids += state.numRowsUpdated - state.numRowsRemoved
        files = int(state.customMetrics.get("rocksdbSstFileSize", 0))
        yield {
            "minutes": (number + 1) * BATCH_S // 60,
            "ids": ids,
            "files_bytes": files,
            "memory_bytes": state.memoryUsedBytes,
            "bytes_an_id": round(files / ids, 1) if ids else None,
            "batch_ms": batch.durationMs["triggerExecution"],
        }


if __name__ == "__main__":
    typer.run(main)
