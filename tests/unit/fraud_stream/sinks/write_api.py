"""A Storage Write API that holds rows by stream and does, when told, what BigQuery cannot be asked to do."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock

import grpc
from google.cloud.bigquery_storage_v1.types import (
    AppendRowsRequest,
    AppendRowsResponse,
    CreateWriteStreamRequest,
    FinalizeWriteStreamRequest,
    FinalizeWriteStreamResponse,
    StorageError,
    WriteStream,
)

SERVICE = "google.cloud.bigquery.storage.v1.BigQueryWrite"

Fault = Callable[["WriteApi", AppendRowsRequest, grpc.ServicerContext], AppendRowsResponse | None]
"""What is done with a request instead of storing it; None for no answer."""


def answering(code: grpc.StatusCode, message: str = "", storage_code: str | None = None) -> Fault:
    """Answer with an error, and BigQuery's own code if one is given."""

    def fault(_api: "WriteApi", _request: AppendRowsRequest, _context: grpc.ServicerContext) -> AppendRowsResponse:
        response = AppendRowsResponse()
        error = AppendRowsResponse.pb(response).error
        error.code, error.message = code.value[0], message
        if storage_code:
            detail = StorageError(code=getattr(StorageError.StorageErrorCode, storage_code))
            error.details.add().Pack(StorageError.pb(detail))
        return response

    return fault


def aborting(code: grpc.StatusCode, message: str = "") -> Fault:
    """End the call with an error."""

    def fault(_api: "WriteApi", _request: AppendRowsRequest, context: grpc.ServicerContext) -> None:
        context.abort(code, message)

    return fault


def swallowed(api: "WriteApi", _request: AppendRowsRequest, context: grpc.ServicerContext) -> None:
    """Keep the connection and never answer."""
    ended = Event()
    context.add_callback(ended.set)
    api.silences.append(ended)
    ended.wait()


def landed_unanswered(api: "WriteApi", request: AppendRowsRequest, context: grpc.ServicerContext) -> None:
    """Store the rows, and break the connection before the answer."""
    api.store(request)
    context.abort(grpc.StatusCode.UNAVAILABLE, "killed")


class WriteApi:
    """Streams by name, the offsets of whose requests are kept, each request taken for one row."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.opening_faults: list[grpc.StatusCode] = []
        self.stored: dict[str, list[int]] = {}
        self.sealed: list[str] = []
        self.opened: list[str] = []
        self.calls = 0
        self.silences: list[Event] = []
        self._lock = Lock()

    def store(self, request: AppendRowsRequest) -> AppendRowsResponse:
        """Store a request's row as BigQuery does; the offset decides."""
        with self._lock:
            rows = self.stored.setdefault(request.write_stream, [])
            code, storage_code = grpc.StatusCode.OK, None
            if request.write_stream in self.sealed:
                code, storage_code = grpc.StatusCode.INVALID_ARGUMENT, "STREAM_FINALIZED"
            elif request.offset < len(rows):
                code, storage_code = grpc.StatusCode.ALREADY_EXISTS, "OFFSET_ALREADY_EXISTS"
            elif request.offset > len(rows):
                code, storage_code = grpc.StatusCode.OUT_OF_RANGE, "OFFSET_OUT_OF_RANGE"
            else:
                rows.append(request.offset)
        if storage_code:
            return answering(code, storage_code=storage_code)(self, request, None) or AppendRowsResponse()
        return AppendRowsResponse(append_result=AppendRowsResponse.AppendResult(offset=request.offset))

    def append(
        self, requests: Iterator[AppendRowsRequest], context: grpc.ServicerContext
    ) -> Iterator[AppendRowsResponse]:
        """AppendRows."""
        self.calls += 1
        for request in requests:
            response = self.faults.pop(0)(self, request, context) if self.faults else self.store(request)
            if response is not None:
                yield response

    def open(self, request: CreateWriteStreamRequest, context: grpc.ServicerContext) -> WriteStream:
        """CreateWriteStream."""
        if self.opening_faults:
            context.abort(self.opening_faults.pop(0), "not now")
        with self._lock:
            self.opened.append(f"{request.parent}/streams/s{len(self.opened)}")
            return WriteStream(name=self.opened[-1])

    def seal(self, request: FinalizeWriteStreamRequest, _context: grpc.ServicerContext) -> FinalizeWriteStreamResponse:
        """FinalizeWriteStream."""
        with self._lock:
            self.sealed.append(request.name)
            return FinalizeWriteStreamResponse(row_count=len(self.stored.get(request.name, ())))


@contextmanager
def serve(api: WriteApi) -> Iterator[str]:
    """Serve an API on a port of its own; yields its address."""
    methods = {
        "AppendRows": grpc.stream_stream_rpc_method_handler(
            api.append, AppendRowsRequest.deserialize, AppendRowsResponse.serialize
        ),
        "CreateWriteStream": grpc.unary_unary_rpc_method_handler(
            api.open, CreateWriteStreamRequest.deserialize, WriteStream.serialize
        ),
        "FinalizeWriteStream": grpc.unary_unary_rpc_method_handler(
            api.seal, FinalizeWriteStreamRequest.deserialize, FinalizeWriteStreamResponse.serialize
        ),
    }
    with ThreadPoolExecutor(100) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()
            for silence in api.silences:
                silence.set()
