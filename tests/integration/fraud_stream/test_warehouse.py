from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from google.cloud.bigquery import Client
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient

from fraud.payments.disposition import Disposition
from fraud_stream.sinks import write_streams as module
from fraud_stream.sinks.recovery import Plan, Recoveries
from fraud_stream.sinks.tables import TABLES, Table
from fraud_stream.sinks.warehouse import StreamEnd, Warehouse
from tests.builders import accepted_row, received_row, rejected_row, settled

TRANSACTIONS = TABLES[0]


def rows_of(offsets: Sequence[int], table: Table = TRANSACTIONS) -> pa.Table:
    accepted = (accepted_row(kafka_offset=offset, transaction_id=f"TXN_{offset}") for offset in offsets)
    return table.rows(settled(*accepted))


@pytest.fixture
def batch(tmp_path: Path) -> Recoveries:
    """The recoveries of a batch, none so far."""
    return Recoveries(str(tmp_path), 0, 0)


@pytest.fixture
def stored_offsets(tables: Client, warehouse: Warehouse) -> Callable[..., list[int]]:
    """Read back the offsets that a table holds."""

    def read(table: Table = TRANSACTIONS) -> list[int]:
        path = f"{tables.project}.{warehouse.settings.bigquery_dataset}.{table.name}"
        return sorted(row.kafka_offset for row in tables.query_and_wait(f"select kafka_offset from `{path}`"))

    return read


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_takes_its_rows(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]], table: Table
) -> None:
    received = settled(
        accepted_row(kafka_offset=1, velocity_60s=4, peers='["a", "b"]'),
        received_row(kafka_offset=2, disposition=Disposition.LATE, reason="APPEND_TIME"),
        rejected_row(kafka_offset=3),
        received_row(kafka_offset=4, disposition=Disposition.DUPLICATE),
    )
    rows = table.rows(received)

    warehouse.append(table, warehouse.open_stream(table), rows, batch)

    assert stored_offsets(table) == sorted(rows["kafka_offset"].to_pylist())


def test_a_repeated_append_adds_nothing(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)

    end = warehouse.append(TRANSACTIONS, start, rows_of(range(10)), batch)
    again = warehouse.append(TRANSACTIONS, start, rows_of(range(10)), batch)
    warehouse.append(TRANSACTIONS, again, rows_of(range(10, 12)), replace(batch, batch_id=1))

    assert end == StreamEnd(start.stream, 10)
    assert stored_offsets() == list(range(12))


def test_an_append_that_was_cut_short_is_completed(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, start, rows_of(range(4)), batch)

    warehouse.append(TRANSACTIONS, start, rows_of(range(10)), batch)

    assert stored_offsets() == list(range(10))


def test_a_replay_whose_ledger_is_behind_the_recovery_adds_nothing(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, start, rows_of(range(4)), batch)
    for _ in range(3):
        warehouse.append(TRANSACTIONS, start, rows_of(range(10)), batch)

    assert stored_offsets() == list(range(10))


@pytest.mark.parametrize("offset", [0, 7])
def test_a_stream_that_is_gone_is_replaced(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]], offset: int
) -> None:
    known = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, known, rows_of(range(3)), batch)
    gone = StreamEnd(BigQueryWriteClient.write_stream_path(*_parts(known), "gone"), offset)

    end = warehouse.append(TRANSACTIONS, gone, rows_of(range(5)), batch)

    assert stored_offsets() == list(range(5))
    assert (end.stream != gone.stream, end.offset) == (True, 2)


def test_a_replay_does_not_bring_back_what_an_erasure_took_out(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]], tables: Client
) -> None:
    audit = TABLES[-1]
    starts = {table: warehouse.open_stream(table) for table in (TRANSACTIONS, audit)}
    for table, start in starts.items():
        warehouse.append(table, start, rows_of(range(3), table), batch)
    path = f"{tables.project}.{warehouse.settings.bigquery_dataset}.{TRANSACTIONS.name}"
    tables.query_and_wait(f"delete from `{path}` where kafka_offset = 1")

    for table, start in starts.items():
        warehouse.append(table, start, rows_of(range(3), table), batch)

    assert stored_offsets() == [0, 2]
    assert stored_offsets(audit) == [0, 1, 2]


def test_a_gap_in_offsets_is_met_by_a_new_stream(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)

    warehouse.append(TRANSACTIONS, StreamEnd(start.stream, 99), rows_of(range(5)), batch)

    assert stored_offsets() == list(range(5))


def test_many_requests_make_one_append(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_APPEND_BYTES", 2_000)
    start = warehouse.open_stream(TRANSACTIONS)

    end = warehouse.append(TRANSACTIONS, start, rows_of(range(100)), batch)

    assert end.offset == 100
    assert Counter(stored_offsets()) == Counter(range(100))


def _parts(end: StreamEnd) -> tuple[str, str, str]:
    parts = BigQueryWriteClient.parse_write_stream_path(end.stream)
    return parts["project"], parts["dataset"], parts["table"]


def test_a_new_table_gets_its_streams_and_the_others_keep_theirs(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    before = warehouse.with_streams({}, TABLES[:-1], 2)
    after = warehouse.with_streams(before, TABLES, 2)

    for partition, end in after[TABLES[-1].name].items():
        warehouse.append(TABLES[-1], end, rows_of([partition], TABLES[-1]), batch)

    assert {name: after[name] for name in before} == before
    assert stored_offsets(TABLES[-1]) == [0, 1]


@pytest.mark.parametrize("chosen", [0, 2], ids=["first chosen", "last chosen"])
@pytest.mark.parametrize("request_bytes", [4_000_000, 40_000], ids=["one request", "many requests"])
@pytest.mark.parametrize("stream", ["gone", None], ids=["stream gone", "stream taken"])
def test_attempts_at_once_store_each_row_once(
    warehouse: Warehouse,
    batch: Recoveries,
    stored_offsets: Callable[..., list[int]],
    monkeypatch: pytest.MonkeyPatch,
    stream: str | None,
    request_bytes: int,
    chosen: int,
) -> None:
    monkeypatch.setattr(module, "MAX_APPEND_BYTES", request_bytes)
    start = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, start, rows_of(range(300)), batch)
    if stream:
        start = StreamEnd(BigQueryWriteClient.write_stream_path(*_parts(start), stream), 0)
    attempts, rows = [Warehouse(warehouse.settings) for _ in range(3)], rows_of(range(1_000))

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(lambda attempt: attempt.append(TRANSACTIONS, start, rows, batch), attempts))
    assert Counter(stored_offsets()) == Counter(range(1_000))

    # whichever attempt Spark takes, the next batch follows it
    warehouse.append(TRANSACTIONS, ends[chosen], rows_of([1_000]), replace(batch, batch_id=1))
    assert Counter(stored_offsets()) == Counter(range(1_001))


def test_a_recovery_whose_stream_is_gone_too_has_a_successor(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    known = warehouse.open_stream(TRANSACTIONS)
    gone = [StreamEnd(BigQueryWriteClient.write_stream_path(*_parts(known), f"gone{number}"), 0) for number in (1, 2)]
    batch.agreed(TRANSACTIONS.name, 1, lambda: Plan.of(gone[1].stream, np.ones(5, np.bool_)))

    end = warehouse.append(TRANSACTIONS, gone[0], rows_of(range(5)), batch)

    assert stored_offsets() == list(range(5))
    assert end.offset == 5


def test_a_plan_for_other_rows_is_replaced_by_what_the_table_tells(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]]
) -> None:
    planned = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, planned, rows_of([0, 2, 4]), batch)
    gone = StreamEnd(BigQueryWriteClient.write_stream_path(*_parts(planned), "gone"), 0)
    batch.agreed(TRANSACTIONS.name, 1, lambda: Plan.of(planned.stream, np.ones(3, np.bool_)))

    warehouse.append(TRANSACTIONS, gone, rows_of(range(6)), batch)

    assert stored_offsets() == list(range(6))


def test_only_a_stream_that_is_gone_is_asked_about_by_a_query(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, start, rows_of(range(4)), batch)
    monkeypatch.setattr(Warehouse, "_stored_positions", None)

    warehouse.append(TRANSACTIONS, start, rows_of(range(10)), batch)

    assert stored_offsets() == list(range(10))


def test_a_batch_goes_to_every_table_and_to_the_audit_last(
    warehouse: Warehouse, batch: Recoveries, stored_offsets: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    done, append = list[str](), Warehouse.append

    def noted(self: Warehouse, table: Table, end: StreamEnd, rows: pa.Table, recoveries: Recoveries) -> StreamEnd:
        end = append(self, table, end, rows, recoveries)
        done.append(table.name)
        return end

    monkeypatch.setattr(Warehouse, "append", noted)
    rows = {table: rows_of(range(5), table) for table in TABLES}
    ends = {table.name: warehouse.open_stream(table) for table in TABLES}

    after = warehouse.append_all(rows, ends, batch)

    assert {table.name: stored_offsets(table) for table in TABLES} == {
        table.name: rows[table]["kafka_offset"].to_pylist() for table in TABLES
    }
    assert {name: end.offset for name, end in after.items()} == {table.name: rows[table].num_rows for table in TABLES}
    assert done[-1] == TABLES[-1].name
