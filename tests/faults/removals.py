"""What a test takes out of the job: a protection, to see the proof fail, or a column, as of a release that had none.

As failpoints are, it is changed from outside in the job's own processes, so the job's code knows nothing of it.
"""

import os
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.sinks import alert_cache, dead_letter, warehouse, write_streams
from fraud_stream.sinks.ledger import Ledger
from fraud_stream.sinks.recovery import Flags
from fraud_stream.sinks.tables import TABLES, Table
from fraud_stream.sinks.warehouse import Warehouse

VARIABLE = "TAKEN_OUT"
"""Names the one to take out; empty for none."""

TakeOut = Callable[[], None]


def take_out(removals: Mapping[str, TakeOut]) -> None:
    """Take out of this process what the environment names, if it is one of these."""
    removals.get(os.environ[VARIABLE], _nothing)()


def _nothing() -> None:
    """Leave everything in its place."""


def _count_each_time() -> None:
    without_look = _replaced(alert_cache._SCRIPT, "ARGV[2]) == 0 then", "ARGV[2]) < 0 then")
    alert_cache._SCRIPT = _replaced(
        without_look, "count = redis.call('ZCARD', KEYS[2])", "count = redis.call('INCR', KEYS[3])"
    )


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old} has changed: this test no longer takes anything out"
    return text.replace(old, new)


def _copy_each_time() -> None:
    dead_letter._not_copied = lambda consumer, letters: list(letters)  # type: ignore[assignment]  # it retried


def _append_what_is_stored() -> None:
    missing = Warehouse._missing

    def all_of_them(self: Warehouse, table: Table, left: warehouse._Left) -> Flags:
        return np.ones_like(missing(self, table, left))

    Warehouse._missing = all_of_them  # type: ignore[method-assign]


def _append_anywhere() -> None:
    requests = write_streams._requests

    def without_offset(stream: str, offset: int, rows: pa.Table) -> Iterator[types.AppendRowsRequest]:
        for request in requests(stream, offset, rows):
            request.offset = None
            yield request

    write_streams._requests = without_offset


def _start_where_the_batch_ended() -> None:
    before = Ledger.before
    Ledger.before = lambda self, batch_id: before(self, batch_id + 1)  # type: ignore[method-assign]


def _take_begun_for_done() -> None:
    checkpoint = Checkpoint.at(os.environ["CHECKPOINT_LOCATION"])
    for batch_id in set(checkpoint.numbers("offsets")) - set(checkpoint.numbers("commits")):
        checkpoint.write(f"commits/{batch_id}", b'v1\n{"nextBatchWatermarkMs":0}')


def _write_no_field() -> None:
    letters = next(table for table in TABLES if table.name == "payment_dead_letters")
    earlier = pa.schema([field for field in letters.schema if field.name != "field"])
    object.__setattr__(letters, "schema", earlier)  # frozen: the job changes none


COLUMN = "the column field of dead letters"
WORKER: Mapping[str, TakeOut] = {
    "Redis counts an alert once": _count_each_time,
    "a dead letter's progress is kept with it": _copy_each_time,
    "rows that the table holds are left out": _append_what_is_stored,
    "rows are appended at an offset": _append_anywhere,
    COLUMN: _write_no_field,
}
DRIVER: Mapping[str, TakeOut] = {
    "the ledger's ends are those before the batch": _start_where_the_batch_ended,
    "a batch is done when Spark has committed it": _take_begun_for_done,
    COLUMN: _write_no_field,
}
