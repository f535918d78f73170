"""Exactly-once appends to BigQuery through the Storage Write API.

Rows go to application-created streams at explicit offsets, so a repeated append cannot land twice. Whatever
surprises an append (offset taken, stream gone or finalized) is met in one way: seal the stream, read back which
Kafka positions the table already holds, and write the missing ones to a new stream.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import grpc
import pyarrow as pa
import pyarrow.compute as pc
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import (
    Aborted,
    DeadlineExceeded,
    GoogleAPICallError,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
    Unknown,
)
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient, types
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.tables import AUDIT, Table

MAX_APPEND_BYTES = 4_000_000
"""Most bytes of rows in one request: well below the API's limit of 10 MB with its headers."""

QUERY_LIMIT_S = 600.0

_TRANSIENT = (ServiceUnavailable, Aborted, DeadlineExceeded, InternalServerError, Unknown, ConnectionError)
_retrying = retry(
    retry=retry_if_exception_type(_TRANSIENT),
    wait=wait_exponential_jitter(multiplier=0.1, max=5),
    stop=stop_after_delay(60),
    reraise=True,
)


class RefusedAppendError(Exception):
    """The stream cannot take these rows at this offset: they may stand in the table already."""


@dataclass(frozen=True)
class StreamEnd:
    """A write stream and how many rows it holds: where the next append goes."""

    stream: str
    offset: int


Ends = Mapping[str, Mapping[int, StreamEnd]]
"""Stream ends by table name and sink partition."""


@dataclass(frozen=True)
class Warehouse:
    """The dataset's clients, made on first use and kept by the process."""

    settings: WarehouseSettings

    @cached_property
    def _writer(self) -> BigQueryWriteClient:
        endpoint = self.settings.bigquery_storage_grpc_endpoint
        if endpoint is None:
            return BigQueryWriteClient()
        return BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=grpc.insecure_channel(endpoint)))

    @cached_property
    def _reader(self) -> bigquery.Client:
        settings = self.settings
        if settings.bigquery_emulator_host is None:
            return bigquery.Client(settings.google_cloud_project)
        return bigquery.Client(
            settings.google_cloud_project,
            AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=settings.bigquery_emulator_host),
        )

    @_retrying
    def open_stream(self, table: Table) -> StreamEnd:
        """Create an empty committed stream on a table."""
        kind = types.WriteStream(type_=types.WriteStream.Type.COMMITTED)
        stream = self._writer.create_write_stream(parent=self._path(table), write_stream=kind)
        return StreamEnd(stream.name, 0)

    def with_streams(self, ends: Ends, tables: Sequence[Table], partitions: int) -> dict[str, dict[int, StreamEnd]]:
        """Return stream ends with a new stream for each table and sink partition that has none, as of a new table."""
        return {
            table.name: {
                partition: ends.get(table.name, {}).get(partition) or self.open_stream(table)
                for partition in range(partitions)
            }
            for table in tables
        }

    def columns(self, tables: Sequence[Table]) -> dict[str, Sequence[bigquery.SchemaField]]:
        """Return the columns of those tables that stand in the dataset."""
        dataset = f"{self.settings.google_cloud_project}.{self.settings.bigquery_dataset}"
        standing: dict[str, Sequence[bigquery.SchemaField]] = {}
        for table in tables:
            with suppress(NotFound):
                standing[table.name] = self._reader.get_table(f"{dataset}.{table.name}").schema
        return standing

    def append(self, table: Table, end: StreamEnd, rows: pa.Table) -> StreamEnd:
        """Append rows, each unique by Kafka position, that the table holds at most from an earlier try of theirs.

        Returns the stream to go on with. Raises GoogleAPICallError when BigQuery stays out of reach.
        """
        if not rows.num_rows:
            return end
        try:
            self._send(end, rows)
        except RefusedAppendError:
            return self._append_missing(table, end, rows)
        return StreamEnd(end.stream, end.offset + rows.num_rows)

    def _append_missing(self, table: Table, sealed: StreamEnd, rows: pa.Table) -> StreamEnd:
        self._seal(sealed)
        missing = without_positions(rows, self._stored_positions(table, rows))
        end = self.open_stream(table)
        if missing.num_rows:
            self._send(end, missing)
        return StreamEnd(end.stream, missing.num_rows)

    @_retrying
    def _send(self, end: StreamEnd, rows: pa.Table) -> None:
        """Send rows and see each request answered.

        The client's own retry is turned off: it would go on with what is left of the requests that a broken
        connection has taken, be answered nothing, and call that a success.
        """
        batches = list(_batches(rows))
        try:
            answers = 0
            for response in self._writer.append_rows(_requests(end, rows.schema, batches), retry=None):
                _raise_refusal(response)
                answers += 1
            if answers < len(batches):
                raise ServiceUnavailable(f"{answers} of {len(batches)} appends were answered")
        except _TRANSIENT:
            raise
        except GoogleAPICallError as error:
            raise RefusedAppendError(str(error.grpc_status_code)) from error

    def _seal(self, end: StreamEnd) -> None:
        """Let no late writer of an earlier try append behind our back."""
        try:
            self._writer.finalize_write_stream(name=end.stream)
        except NotFound:
            return

    @_retrying
    def _stored_positions(self, table: Table, rows: pa.Table) -> set[tuple[str, int, int]]:
        """Return the positions that the table holds, or held until an erasure took them out.

        A position's audit row comes last and is never deleted: it says that every other table has had its row.
        """
        column, bounds = table.partition_column, pc.min_max(rows[table.partition_column]).as_py()
        offsets = pc.min_max(rows["kafka_offset"]).as_py()
        query = (
            f"select kafka_topic, kafka_partition, kafka_offset from `{table.name}` "  # noqa: S608  names are ours
            f"where {column} between @earliest and @latest and kafka_offset between @first and @last "
            f"union distinct select kafka_topic, kafka_partition, kafka_offset from `{AUDIT}` "
            "where masking_timestamp >= @appended and kafka_offset between @first and @last"
        )
        appended = pc.min(rows["kafka_timestamp"]).as_py()
        parameters = [
            bigquery.ScalarQueryParameter("appended", "TIMESTAMP", appended),
            bigquery.ScalarQueryParameter("earliest", "TIMESTAMP", bounds["min"]),
            bigquery.ScalarQueryParameter("latest", "TIMESTAMP", bounds["max"]),
            bigquery.ScalarQueryParameter("first", "INT64", offsets["min"]),
            bigquery.ScalarQueryParameter("last", "INT64", offsets["max"]),
        ]
        dataset = f"{self.settings.google_cloud_project}.{self.settings.bigquery_dataset}"
        config = bigquery.QueryJobConfig(default_dataset=dataset, query_parameters=parameters)
        return {tuple(row.values()) for row in self._reader.query(query, config).result()}

    def rows(self, query: str, parameters: Sequence[bigquery.ScalarQueryParameter] = ()) -> list[Mapping[str, Any]]:
        """Return what a query over the dataset's tables answers."""
        dataset = f"{self.settings.google_cloud_project}.{self.settings.bigquery_dataset}"
        config = bigquery.QueryJobConfig(default_dataset=dataset, query_parameters=list(parameters))
        found = self._reader.query(query, config, timeout=QUERY_LIMIT_S).result(timeout=QUERY_LIMIT_S)
        return [dict(row.items()) for row in found]

    def _path(self, table: Table) -> str:
        return BigQueryWriteClient.table_path(
            self.settings.google_cloud_project, self.settings.bigquery_dataset, table.name
        )


def without_positions(rows: pa.Table, stored: set[tuple[str, int, int]]) -> pa.Table:
    """Return the rows whose Kafka position is not among the stored ones."""
    columns = (rows[name].to_pylist() for name in ("kafka_topic", "kafka_partition", "kafka_offset"))
    return rows.filter(pa.array([position not in stored for position in zip(*columns, strict=True)]))


def _requests(
    end: StreamEnd, columns: pa.Schema, batches: Sequence[tuple[int, pa.RecordBatch]]
) -> Iterator[types.AppendRowsRequest]:
    schema = types.ArrowSchema(serialized_schema=columns.serialize().to_pybytes())
    for start, batch in batches:
        yield types.AppendRowsRequest(
            write_stream=end.stream,
            offset=end.offset + start,
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


def _raise_refusal(response: types.AppendRowsResponse) -> None:
    if response.row_errors:
        raise ValueError(f"BigQuery refused {len(response.row_errors)} rows: {_codes(response.row_errors)}")
    code = response.error.code
    if code in _RETRYABLE_CODES:
        raise ServiceUnavailable(f"append answered with code {code}")
    if code:
        raise RefusedAppendError(f"append answered with code {code}")


_RETRYABLE_CODES = frozenset(
    code.value[0] for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED, grpc.StatusCode.INTERNAL)
)


def _codes(errors: Sequence[types.RowError]) -> str:
    return ", ".join(sorted({error.code.name for error in errors}))
