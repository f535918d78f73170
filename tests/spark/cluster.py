"""`python -m tests.spark.cluster FOLDER SEED KILLS`: the job's query on a cluster of one machine.

Two executors with one core each, killed meanwhile; tasks retried and run twice at once (speculation), shuffle files
lost with the executor that held them. Prints how many were killed; what was settled stands beside the checkpoint's
files, one a batch.
"""

import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import msgspec
import psutil
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from fraud.payments.disposition import Disposition
from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.frontier import Frontier, latest_appends
from fraud_stream.checkpoint.key_version import KeyVersions
from fraud_stream.stages.dispositions import balanced_buckets
from fraud_stream.stages.packet import PACKET
from fraud_stream.stages.source import as_positions
from fraud_stream.stages.velocity import VelocityTask
from tests.spark.history import KAFKA_COLUMNS, key_versions, stages_of
from tests.spark.session import local_session

SETTLED = pa.schema([("rows", pa.binary()), ("clocks", pa.binary()), ("read_up_to", pa.int64())])
Row = tuple[int, int, str, int | None]
OPTIONS = (
    "--conf spark.speculation=true --conf spark.speculation.multiplier=1.1 --conf spark.speculation.quantile=0.1 "
    "--conf spark.speculation.interval=20ms --conf spark.task.maxFailures=20 --conf spark.executor.memory=512m "
    "--conf spark.stage.maxConsecutiveAttempts=20 --conf spark.deploy.maxExecutorRetries=-1"
)


@dataclass(frozen=True)
class SettleTask:
    """What the sink does before it writes; a row of it is one bucket of a micro-batch."""

    velocity: VelocityTask

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield a row (`SETTLED`)."""
        packets = pa.Table.from_batches(list(batches), PACKET)
        context = TaskContext.get()
        if packets.num_rows and context:
            yield self.settled(packets, context.partitionId())

    def settled(self, packets: pa.Table, bucket: int) -> pa.RecordBatch:
        """Return what became of one bucket's rows."""
        received, observed = self.velocity.settled(packets, bucket)
        self.velocity.remember(observed, bucket)
        rest = received.filter(pc.not_equal(received["disposition"], Disposition.ACCEPTED.value))
        rows = [*_rows(observed.rows), *_rows(rest)]
        outcome = [msgspec.json.encode(rows), msgspec.json.encode(dict(observed.clocks))]
        return pa.RecordBatch.from_pylist(
            [{"rows": outcome[0], "clocks": outcome[1], "read_up_to": min(latest_appends(received).values())}], SETTLED
        )


def _rows(table: pa.Table) -> Iterator[Row]:
    for row in table.to_pylist():
        yield row["kafka_partition"], row["kafka_offset"], row["disposition"], row.get("velocity_60s")


@dataclass
class Cluster:
    """One run of the query, and what it settled by batch."""

    checkpoint: str
    buckets: tuple[int, ...]
    keys: KeyVersions
    drawn: random.Random
    kills: int
    killed: int = 0

    def write(self, raw: DataFrame, batch: int) -> None:
        """Settle a batch; kill an executor now and then, so that it falls at any moment of it."""
        frontier = Frontier(Checkpoint.at(self.checkpoint))
        reached = frontier.before(batch)
        if self.killed < self.kills and batch > 1:
            self.killed += _kill_later(self.drawn)
        elected = stages_of(self.checkpoint, self.keys, self.buckets, batch, reached).exchanged(raw)
        task = SettleTask(VelocityTask(self.checkpoint, batch, reached.clocks))
        found = elected.mapInArrow(task, from_arrow_schema(SETTLED)).collect()
        clocks = {
            int(partition): clock for row in found for partition, clock in msgspec.json.decode(row["clocks"]).items()
        }
        frontier.record(batch, reached.followed_by(min(row["read_up_to"] for row in found), clocks))
        rows = [one for row in found for one in msgspec.json.decode(row["rows"])]
        Path(self.checkpoint, f"settled-{batch}.json").write_bytes(msgspec.json.encode(rows))


def _kill_later(drawn: random.Random) -> int:
    executors = [
        process
        for process in psutil.Process().children(recursive=True)
        if "CoarseGrainedExecutorBackend" in " ".join(process.cmdline())
    ]
    if not executors:
        return 0
    Timer(drawn.uniform(0, 0.8), drawn.choice(executors).kill).start()
    return 1


def main(arguments: Sequence[str]) -> None:
    """Run to the end of the history."""
    folder, seed, kills = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    spark = local_session("cluster", folder / "scratch", OPTIONS, master="local-cluster[2,1,1024]")
    buckets = tuple(balanced_buckets(spark, 2))
    keys = key_versions(folder / "checkpoint")
    cluster = Cluster(str(folder / "checkpoint"), buckets, keys, random.Random(seed), kills)  # noqa: S311  no secret
    source = spark.readStream.schema(KAFKA_COLUMNS).option("maxFilesPerTrigger", 1)
    query = (
        as_positions(source.parquet(str(folder / "history")))
        .writeStream.option("checkpointLocation", cluster.checkpoint)
        .trigger(availableNow=True)
        .foreachBatch(cluster.write)
        .start()
    )
    query.awaitTermination()
    sys.stdout.write(msgspec.json.encode({"killed": cluster.killed}).decode() + "\n")
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
