from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from structlog.testing import capture_logs

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.gate import Gate
from fraud_stream.checkpoint.stop_request import run_until_asked

BATCH = "detect-fraud-2-aa"
WAIT_S = 60.0


def nothing(_rows: DataFrame, _batch_id: int) -> None:
    """Write nothing."""


@dataclass
class Job:
    """A query whose batches pass a gate as the job's do, and what became of each."""

    spark: SparkSession
    checkpoint: Checkpoint
    write: Callable[[DataFrame, int], None] = nothing
    gate: Gate = field(default_factory=Gate)
    begun: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    asks_at_look: int = 0
    looks: int = 0

    def start(self, rows: DataFrame, trigger: str = "0 seconds") -> StreamingQuery:
        writer = rows.writeStream.option("checkpointLocation", self.checkpoint.path).trigger(processingTime=trigger)
        return writer.foreachBatch(self.batch).start()

    def batch(self, rows: DataFrame, batch_id: int) -> None:
        self.gate.enter(rows)
        self.begun.append(batch_id)
        self.write(rows, batch_id)
        self.written.append(batch_id)

    def look(self) -> None:
        self.looks += 1
        if self.looks == self.asks_at_look:
            self.ask()

    def run(self, query: StreamingQuery, patience_s: float = WAIT_S) -> None:
        run_until_asked(query, self.checkpoint, BATCH, self.gate, self.look, patience_s)

    def ask(self, batch: str = BATCH) -> None:
        self.checkpoint.write(f"stop/{batch}", b"asked")


@pytest.fixture
def job(spark: SparkSession, tmp_path: Path) -> Iterator[Job]:
    """A job on a checkpoint of its own; whatever a failed test leaves running is stopped."""
    yield Job(spark, Checkpoint.at(str(tmp_path / "checkpoint")))
    for query in spark.streams.active:
        query.stop()


def numbers(spark: SparkSession) -> DataFrame:
    return spark.readStream.format("rate").option("rowsPerSecond", 50).load()


def test_a_batch_ends_at_its_own_marker_and_at_no_other(job: Job) -> None:
    query = job.start(numbers(job.spark), "1 second")
    job.ask("detect-fraud-1-aa")
    job.asks_at_look = 2
    job.run(query)
    assert (query.isActive, query.exception(), job.looks) == (False, None, 2)


def test_what_is_being_written_is_finished_and_nothing_more_is_begun(job: Job) -> None:
    is_writing = Event()

    def write(rows: DataFrame, batch_id: int) -> None:
        if batch_id == 1:
            is_writing.set()
            assert job.gate._is_closed.wait(WAIT_S)
            rows.count()  # which an interruption would cancel

    job.write = write
    query = job.start(numbers(job.spark))
    assert is_writing.wait(WAIT_S)
    job.ask()
    job.run(query)
    assert (query.isActive, query.exception()) == (False, None)
    assert job.begun == job.written == [0, 1]
    assert job.checkpoint.numbers("commits") == [0, 1]
    assert job.checkpoint.numbers("offsets") == [0, 1, 2]  # the one that waited at the gate, nothing of it done


def test_the_successor_begins_with_the_batch_that_waited(job: Job) -> None:
    job.asks_at_look = 2
    job.run(job.start(numbers(job.spark)))
    waited = job.checkpoint.numbers("offsets")[-1]
    successor = Job(job.spark, job.checkpoint)
    query = successor.start(numbers(job.spark))
    query.processAllAvailable()
    query.stop()
    assert (job.begun[-1], successor.begun[0]) == (waited - 1, waited)


def test_a_query_without_anything_to_do_is_stopped_at_once(job: Job, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    job.ask()
    query = job.start(job.spark.readStream.text(str(tmp_path / "empty")), "1 second")
    job.run(query)
    assert (query.isActive, query.exception(), job.begun, job.gate.is_waited_at) == (False, None, [], False)


def test_a_batch_that_does_not_end_is_interrupted_and_the_log_says_so(job: Job) -> None:
    is_writing = Event()

    def hang(rows: DataFrame, _batch_id: int) -> None:
        is_writing.set()
        rows.sparkSession._jvm.java.lang.Thread.sleep(10 * 60_000)  # type: ignore[union-attr]  # it is there

    job.write = hang
    query = job.start(numbers(job.spark))
    assert is_writing.wait(WAIT_S)
    job.ask()
    with capture_logs() as said:
        job.run(query, patience_s=1)
    assert (query.isActive, query.exception()) == (False, None)
    assert (job.begun, job.written) == ([0], [])
    assert [line["event"] for line in said] == ["stop_requested", "batch_interrupted"]


def test_a_failed_query_is_not_taken_for_a_clean_end(job: Job) -> None:
    def fail(rows: DataFrame, batch_id: int) -> None:
        raise RuntimeError(f"{rows.columns} of {batch_id}")

    job.write = fail
    with pytest.raises(StreamingQueryException):
        job.run(job.start(numbers(job.spark)))
