"""The Storage Write API: streams of a table are opened, appended to at explicit offsets, and sealed."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import grpc
import pyarrow as pa
from google.api_core.exceptions import NotFound
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient, types
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport

from fraud_stream.sinks.answers import judged, needing
from fraud_stream.sinks.connection import Connection
from fraud_stream.sinks.patience import Pace, Patience

MAX_APPEND_BYTES = 4_000_000
"""Most bytes of rows in one request: well below the API's limit of 10 MB with its headers."""

MAX_CONNECTIONS = 64
"""Streams that a process keeps connections to; the one not used for longest is closed."""

OPENINGS_A_SECOND = 20
"""BigQuery answers slowly beyond 40 to 50 CreateWriteStream a second."""

_KEEPALIVE = [
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
]
_RIGHT = "bigquery.tables.updateData (roles/bigquery.dataEditor)"


@dataclass(frozen=True)
class WriteStreams:
    """One process's side of the API; `endpoint` is an emulator's address, None is Google's."""

    endpoint: str | None
    patience: Patience
    _connections: "OrderedDict[str, Connection]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _pace: Pace = field(default_factory=lambda: Pace(1 / OPENINGS_A_SECOND))

    @cached_property
    def _client(self) -> BigQueryWriteClient:
        if self.endpoint is None:
            return BigQueryWriteClient(transport=_kept_alive)
        return BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=grpc.insecure_channel(self.endpoint)))

    def open(self, table: str) -> str:
        """Open a committed stream on a table, given by its path; return the stream's name."""
        kind = types.WriteStream(type_=types.WriteStream.Type.COMMITTED)

        def opened() -> str:
            self._pace.wait()
            stream = self._client.create_write_stream(
                parent=table, write_stream=kind, retry=None, timeout=3 * self.patience.answer_s
            )
            return str(stream.name)

        with needing(_RIGHT, table):
            return self.patience(opened)

    def seal(self, stream: str) -> int | None:
        """Let nobody append to a stream any more; return how many rows it holds, None where it is gone."""
        self._drop(stream)

        def sealed() -> int:
            answer = self._client.finalize_write_stream(name=stream, retry=None, timeout=self.patience.answer_s)
            return int(answer.row_count)

        try:
            with needing(_RIGHT, stream):
                return self.patience(sealed)
        except NotFound:
            return None

    def send(self, stream: str, offset: int, rows: pa.Table) -> None:
        """Append rows at an offset and see every request answered.

        Raises RefusedAppendError when the stream cannot take them there, RefusedRowsError when it never will,
        MissingRightError, or the last GoogleAPICallError when BigQuery stays out of reach or out of quota.
        """
        left = list(_requests(stream, offset, rows))

        def sent() -> None:
            landed, failure = self._send(stream, left)
            del left[:landed]
            if failure:
                raise failure

        with needing(_RIGHT, stream):
            self.patience(sent)

    def _send(self, stream: str, requests: Sequence[types.AppendRowsRequest]) -> tuple[int, Exception | None]:
        connection = self._connection(stream)
        with connection.lock:
            try:
                landed = connection.send(requests, self.patience.answer_s)
            except BaseException:
                self._drop(stream)
                raise
        if connection.failure is None:
            return landed, None
        self._drop(stream)
        return landed, judged(connection.failure)

    def _connection(self, stream: str) -> Connection:
        with self._lock:
            connection = self._connections.pop(stream, None)
            if connection and not connection.is_fresh:
                connection.close()
                connection = None
            self._connections[stream] = connection or Connection(self._client, stream)
            if len(self._connections) > MAX_CONNECTIONS:
                self._connections.popitem(last=False)[1].close()
            return self._connections[stream]

    def _drop(self, stream: str) -> None:
        with self._lock:
            connection = self._connections.pop(stream, None)
        if connection:
            connection.close()


def _kept_alive(**options: Any) -> BigQueryWriteGrpcTransport:  # noqa: ANN401  the client's own options
    return BigQueryWriteGrpcTransport(channel=_channel, **options)


def _channel(*arguments: Any, **options: Any) -> grpc.Channel:  # noqa: ANN401  the transport's own options
    kept = [*(options.pop("options", None) or ()), *_KEEPALIVE]
    return BigQueryWriteGrpcTransport.create_channel(*arguments, options=kept, **options)


def _requests(stream: str, offset: int, rows: pa.Table) -> Iterator[types.AppendRowsRequest]:
    schema = types.ArrowSchema(serialized_schema=rows.schema.serialize().to_pybytes())
    for start, batch in _batches(rows):
        yield types.AppendRowsRequest(
            write_stream=stream,
            offset=offset + start,
            arrow_rows=types.AppendRowsRequest.ArrowData(
                writer_schema=schema,
                rows=types.ArrowRecordBatch(serialized_record_batch=batch.serialize().to_pybytes()),
            ),
        )


def _batches(rows: pa.Table) -> Iterator[tuple[int, pa.RecordBatch]]:
    size = max(1, rows.num_rows * MAX_APPEND_BYTES // max(rows.nbytes, MAX_APPEND_BYTES))
    start = 0
    for batch in rows.combine_chunks().to_batches(max_chunksize=size):
        yield start, batch
        start += batch.num_rows
