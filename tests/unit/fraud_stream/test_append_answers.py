"""What the job makes of a connection to BigQuery that breaks, or ends without an answer, in the midst of an append."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pyarrow as pa
import pytest
from google.cloud.bigquery_storage_v1.types import AppendRowsRequest, AppendRowsResponse

from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.warehouse import StreamEnd, Warehouse

ROWS = pa.table({"text": ["a", "b", "c"]})
START = StreamEnd("projects/p/datasets/d/tables/t/streams/s", 0)
METHOD = "/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows"

Answer = Callable[[Iterator[AppendRowsRequest], grpc.ServicerContext], Iterator[AppendRowsResponse]]


def broken(requests: Iterator[AppendRowsRequest], context: grpc.ServicerContext) -> Iterator[AppendRowsResponse]:
    next(requests)
    context.abort(grpc.StatusCode.UNAVAILABLE, "killed")
    yield AppendRowsResponse()


def silent(requests: Iterator[AppendRowsRequest], _context: grpc.ServicerContext) -> Iterator[AppendRowsResponse]:
    next(requests)
    yield from ()


@contextmanager
def served(*answers: Answer) -> Iterator[tuple[Warehouse, list[int]]]:
    """Serve appends: a fault for each of the first, then as BigQuery does. Yields the offsets that have been stored."""
    stored: list[int] = []
    left = list(answers)

    def append(requests: Iterator[AppendRowsRequest], context: grpc.ServicerContext) -> Iterator[AppendRowsResponse]:
        if left:
            yield from left.pop(0)(requests, context)
            return
        for request in requests:
            stored.append(request.offset)
            yield AppendRowsResponse(append_result=AppendRowsResponse.AppendResult(offset=request.offset))

    handler = grpc.stream_stream_rpc_method_handler(append, AppendRowsRequest.deserialize, AppendRowsResponse.serialize)
    service, method = METHOD.strip("/").split("/")
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        settings = WarehouseSettings(google_cloud_project="p", bigquery_storage_grpc_endpoint=f"127.0.0.1:{port}")
        yield Warehouse(settings), stored
        server.stop(None).wait()


@pytest.mark.parametrize("fault", [broken, silent])
def test_an_append_that_was_not_answered_is_sent_again_whole(fault: Answer) -> None:
    with served(fault) as (warehouse, stored):
        end = warehouse.append(TABLES[0], START, ROWS)
    assert stored == [0]
    assert end == StreamEnd(START.stream, 3)
