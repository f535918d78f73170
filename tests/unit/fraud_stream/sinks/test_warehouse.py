from types import TracebackType
from typing import Self

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks import warehouse
from fraud_stream.sinks.warehouse import Warehouse, are_missing

Position = tuple[str, int, int]
POSITIONS = st.tuples(st.sampled_from(["payment-events", "other"]), st.integers(0, 2), st.integers(0, 5))


def rows(positions: list[Position]) -> pa.Table:
    names = ["kafka_topic", "kafka_partition", "kafka_offset"]
    kinds = [pa.string(), pa.int64(), pa.int64()]
    columns = zip(*positions, strict=True) if positions else [()] * 3
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)], names)


@settings(max_examples=30)
@given(st.lists(POSITIONS, min_size=1, unique=True), st.sets(POSITIONS))
def test_stored_positions_are_left_out(positions: list[Position], stored: set[Position]) -> None:
    missing = are_missing(rows(positions), stored)
    assert [at for at, is_missing in zip(positions, missing, strict=True) if is_missing] == [
        at for at in positions if at not in stored
    ]


class Reader:
    """What reads BigQuery itself, of which there is none here; and an answer that comes by it."""

    open_now = 0

    def __enter__(self) -> Self:
        Reader.open_now += 1
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        Reader.open_now -= 1

    def to_arrow_iterable(self, bqstorage_client: object) -> list[pa.RecordBatch]:
        assert isinstance(bqstorage_client, Reader)
        assert Reader.open_now == 1
        return [pa.RecordBatch.from_pydict({"n": [number]}) for number in range(2)]


@pytest.mark.parametrize("taken", [1, 2], ids=["given up", "read to the end"])
def test_a_look_leaves_no_connection_open(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "BigQueryReadClient", Reader)
    monkeypatch.setattr(Warehouse, "_ask", lambda *_asked: Reader())
    pages = Warehouse(WarehouseSettings(google_cloud_project="p")).pages("select 1")
    assert [next(pages).to_pydict() for _ in range(taken)] == [{"n": [number]} for number in range(taken)]
    pages.close()
    assert Reader.open_now == 0
