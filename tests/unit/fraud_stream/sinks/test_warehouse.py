import pyarrow as pa
import pytest
from google.cloud.bigquery_storage_v1.types import AppendRowsRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_stream.sinks import warehouse
from fraud_stream.sinks.warehouse import MAX_APPEND_BYTES, StreamEnd, without_positions

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
    left = without_positions(rows(positions), stored)
    assert [tuple(row.values()) for row in left.to_pylist()] == [at for at in positions if at not in stored]


@pytest.mark.parametrize(("count", "width"), [(1, 10), (1000, 10), (1000, 20_000)])
def test_requests_follow_each_other_and_stay_small(count: int, width: int) -> None:
    table = pa.table({"text": ["x" * width] * count})
    requests = list(warehouse._requests(StreamEnd("stream", 100), table.schema, list(warehouse._batches(table))))
    batches = [read_back(request, table.schema) for request in requests]
    assert [request.offset for request in requests] == [
        100 + sum(batch.num_rows for batch in batches[:index]) for index in range(len(batches))
    ]
    assert pa.Table.from_batches(batches) == table
    assert max(len(request.arrow_rows.rows.serialized_record_batch) for request in requests) < 2 * MAX_APPEND_BYTES


def read_back(request: AppendRowsRequest, schema: pa.Schema) -> pa.RecordBatch:
    return pa.ipc.read_record_batch(pa.py_buffer(request.arrow_rows.rows.serialized_record_batch), schema)
