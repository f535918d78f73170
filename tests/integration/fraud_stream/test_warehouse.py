from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest
from google.cloud.bigquery import Client
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient

from fraud.payments.disposition import Disposition
from fraud_stream.sinks import warehouse as module
from fraud_stream.sinks.tables import TABLES, Table
from fraud_stream.sinks.warehouse import StreamEnd, Warehouse
from tests.builders import accepted_row, received_row, rejected_row, settled

TRANSACTIONS = TABLES[0]


def rows_of(offsets: Sequence[int], table: Table = TRANSACTIONS) -> pa.Table:
    accepted = (accepted_row(kafka_offset=offset, transaction_id=f"TXN_{offset}") for offset in offsets)
    return table.rows(settled(*accepted))


@pytest.fixture
def stored_offsets(tables: Client, warehouse: Warehouse) -> Callable[..., list[int]]:
    """Read back the offsets that a table holds."""

    def read(table: Table = TRANSACTIONS) -> list[int]:
        path = f"{tables.project}.{warehouse.settings.bigquery_dataset}.{table.name}"
        return sorted(row.kafka_offset for row in tables.query_and_wait(f"select kafka_offset from `{path}`"))

    return read


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_takes_its_rows(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]], table: Table
) -> None:
    batch = settled(
        accepted_row(kafka_offset=1, velocity_60s=4, peers='["a", "b"]'),
        received_row(kafka_offset=2, disposition=Disposition.LATE, reason="APPEND_TIME"),
        rejected_row(kafka_offset=3),
        received_row(kafka_offset=4, disposition=Disposition.DUPLICATE),
    )
    rows = table.rows(batch)

    warehouse.append(table, warehouse.open_stream(table), rows)

    assert stored_offsets(table) == sorted(rows["kafka_offset"].to_pylist())


def test_a_repeated_append_adds_nothing(warehouse: Warehouse, stored_offsets: Callable[..., list[int]]) -> None:
    start = warehouse.open_stream(TRANSACTIONS)

    end = warehouse.append(TRANSACTIONS, start, rows_of(range(10)))
    again = warehouse.append(TRANSACTIONS, start, rows_of(range(10)))
    warehouse.append(TRANSACTIONS, again, rows_of(range(10, 12)))

    assert end == StreamEnd(start.stream, 10)
    assert stored_offsets() == list(range(12))


def test_an_append_that_was_cut_short_is_completed(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, start, rows_of(range(4)))

    warehouse.append(TRANSACTIONS, start, rows_of(range(10)))

    assert stored_offsets() == list(range(10))


def test_a_replay_whose_ledger_is_behind_the_recovery_adds_nothing(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, start, rows_of(range(4)))
    for _ in range(3):
        warehouse.append(TRANSACTIONS, start, rows_of(range(10)))

    assert stored_offsets() == list(range(10))


@pytest.mark.parametrize("offset", [0, 7])
def test_a_stream_that_is_gone_is_replaced(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]], offset: int
) -> None:
    known = warehouse.open_stream(TRANSACTIONS)
    warehouse.append(TRANSACTIONS, known, rows_of(range(3)))
    gone = StreamEnd(BigQueryWriteClient.write_stream_path(*_parts(known), "gone"), offset)

    end = warehouse.append(TRANSACTIONS, gone, rows_of(range(5)))

    assert stored_offsets() == list(range(5))
    assert (end.stream != gone.stream, end.offset) == (True, 2)


def test_a_replay_does_not_bring_back_what_an_erasure_took_out(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]], tables: Client
) -> None:
    audit = TABLES[-1]
    starts = {table: warehouse.open_stream(table) for table in (TRANSACTIONS, audit)}
    for table, start in starts.items():
        warehouse.append(table, start, rows_of(range(3), table))
    path = f"{tables.project}.{warehouse.settings.bigquery_dataset}.{TRANSACTIONS.name}"
    tables.query_and_wait(f"delete from `{path}` where kafka_offset = 1")

    for table, start in starts.items():
        warehouse.append(table, start, rows_of(range(3), table))

    assert stored_offsets() == [0, 2]
    assert stored_offsets(audit) == [0, 1, 2]


def test_a_gap_in_offsets_is_met_by_a_new_stream(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]]
) -> None:
    start = warehouse.open_stream(TRANSACTIONS)

    warehouse.append(TRANSACTIONS, StreamEnd(start.stream, 99), rows_of(range(5)))

    assert stored_offsets() == list(range(5))


def test_many_requests_make_one_append(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_APPEND_BYTES", 2_000)
    start = warehouse.open_stream(TRANSACTIONS)

    end = warehouse.append(TRANSACTIONS, start, rows_of(range(100)))

    assert end.offset == 100
    assert Counter(stored_offsets()) == Counter(range(100))


def _parts(end: StreamEnd) -> tuple[str, str, str]:
    parts = BigQueryWriteClient.parse_write_stream_path(end.stream)
    return parts["project"], parts["dataset"], parts["table"]


def test_a_new_table_gets_its_streams_and_the_others_keep_theirs(
    warehouse: Warehouse, stored_offsets: Callable[..., list[int]]
) -> None:
    before = warehouse.with_streams({}, TABLES[:-1], 2)
    after = warehouse.with_streams(before, TABLES, 2)

    for partition, end in after[TABLES[-1].name].items():
        warehouse.append(TABLES[-1], end, rows_of([partition], TABLES[-1]))

    assert {name: after[name] for name in before} == before
    assert stored_offsets(TABLES[-1]) == [0, 1]
