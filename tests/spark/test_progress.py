"""How the job tells of a running query, asked now and then."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from structlog.testing import capture_logs
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from fraud_stream.report.progress import ProgressLog
from fraud_stream.report.status import StreamStatus

WAIT_S = 60.0


@dataclass(frozen=True)
class Heard(StreamStatus):
    """What would have gone to Redis."""

    reports: list[Mapping[str, object]] = field(default_factory=list)
    signs: list[None] = field(default_factory=list)

    def report(self, progress: Mapping[str, object]) -> None:
        self.reports.append(progress)

    def seen(self) -> None:
        self.signs.append(None)


@dataclass
class Reading:
    """A query over the files of a folder, which can be held in a batch."""

    folder: Path
    query: StreamingQuery
    status: Heard
    goes_on: Event

    def add(self, rows: int) -> None:
        (self.folder / f"{len(list(self.folder.iterdir()))}.txt").write_text("row\n" * rows)


@pytest.fixture
def reading(spark: SparkSession, tmp_path: Path) -> Iterator[Reading]:
    (tmp_path / "in").mkdir()
    goes_on = Event()
    goes_on.set()

    def write(rows: DataFrame, _batch_id: int) -> None:
        rows.count()
        assert goes_on.wait(WAIT_S)

    rows = spark.readStream.text(str(tmp_path / "in"))
    writer = rows.writeStream.option("checkpointLocation", str(tmp_path / "checkpoint"))
    query = writer.trigger(processingTime="1 second").foreachBatch(write).start()
    yield Reading(tmp_path / "in", query, Heard("redis://127.0.0.1:1", "/checkpoint"), goes_on)
    goes_on.set()
    query.stop()


def until_idle(query: StreamingQuery) -> None:
    wait_for(lambda: not query.status["isTriggerActive"])


def wait_for(condition: Callable[[], bool]) -> None:
    Retrying(stop=stop_after_delay(WAIT_S), wait=wait_fixed(0.05), retry=retry_if_not_result(bool))(condition)


def test_a_batch_is_told_once_and_an_idle_job_is_alive(reading: Reading) -> None:
    moves: list[object] = []
    progress = ProgressLog(reading.query, reading.status, lambda: 4_096, moves.append)
    until_idle(reading.query)
    progress.look()  # nothing has been written yet
    assert (reading.status.reports, len(reading.status.signs)) == ([], 1)
    reading.add(3)
    reading.query.processAllAvailable()
    with capture_logs() as said:
        progress.look()
        until_idle(reading.query)
        progress.look()
    assert len(moves) == 3
    [line] = said
    assert (line["event"], line["batch_id"], line["state_bytes"], line["offsets_behind"]) == ("progress", 0, 4_096, 0)
    assert line["durations_ms"]["triggerExecution"] > 0
    assert len(reading.status.reports) == 1
    assert len(reading.status.signs) == 2
    reading.add(2)
    reading.query.processAllAvailable()
    progress.look()
    assert [report["batch_id"] for report in reading.status.reports] == [0, 1]


def test_a_job_that_hangs_in_a_batch_gives_no_sign_of_life(reading: Reading) -> None:
    progress = ProgressLog(reading.query, reading.status, lambda: 0, lambda _ends: pytest.fail("it does not move"))
    reading.goes_on.clear()
    reading.add(1)
    wait_for(lambda: reading.query.status["isDataAvailable"] and reading.query.status["isTriggerActive"])
    progress.look()
    progress.look()
    assert (reading.status.reports, reading.status.signs) == ([], [])


def test_start_and_end_are_told_by_the_run(reading: Reading) -> None:
    progress = ProgressLog(reading.query, reading.status, lambda: 0, lambda _ends: None)
    with capture_logs() as said:
        progress.started()
        reading.query.stop()
        progress.ended(failed=False)
    run = str(reading.query.runId)
    assert [(line["event"], line["run_id"], line.get("failed")) for line in said] == [
        ("stream_started", run, None),
        ("stream_ended", run, False),
    ]
