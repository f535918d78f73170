import pyarrow as pa
import pytest
from google.cloud.bigquery_storage_v1.types import AppendRowsRequest

from fraud_stream.sinks import write_streams
from fraud_stream.sinks.write_streams import MAX_APPEND_BYTES


@pytest.mark.parametrize(("count", "width"), [(1, 10), (1000, 10), (1000, 20_000)])
def test_requests_follow_each_other_and_stay_small(count: int, width: int) -> None:
    table = pa.table({"text": ["x" * width] * count})
    requests = list(write_streams._requests("stream", 100, table))
    batches = [read_back(request, table.schema) for request in requests]
    assert [request.offset for request in requests] == [
        100 + sum(batch.num_rows for batch in batches[:index]) for index in range(len(batches))
    ]
    assert pa.Table.from_batches(batches) == table
    assert max(len(request.arrow_rows.rows.serialized_record_batch) for request in requests) < 2 * MAX_APPEND_BYTES


def read_back(request: AppendRowsRequest, schema: pa.Schema) -> pa.RecordBatch:
    return pa.ipc.read_record_batch(pa.py_buffer(request.arrow_rows.rows.serialized_record_batch), schema)
