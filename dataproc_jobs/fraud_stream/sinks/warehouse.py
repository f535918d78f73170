"""Exactly-once appends to BigQuery through the Storage Write API.

Rows go to application-created streams at explicit offsets, so a repeated append cannot land twice. Whatever
surprises an append (offset taken, stream gone or finalized) is met in one way: seal the stream, ask how many rows it
holds, and go on with the missing ones on a stream that all attempts of the task agree on.
"""

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery.table import RowIterator
from google.cloud.bigquery_storage_v1 import BigQueryReadClient, BigQueryWriteClient

from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.answers import RefusedAppendError, needing
from fraud_stream.sinks.patience import Patience
from fraud_stream.sinks.recovery import Flags, Plan, Recoveries
from fraud_stream.sinks.tables import AUDIT, Table
from fraud_stream.sinks.write_streams import WriteStreams

SIDE_BY_SIDE = 8
"""Tables appended to at once."""

QUERY_LIMIT_S = 600.0

log = structlog.get_logger()


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
    patience: Patience = field(default_factory=Patience)

    @cached_property
    def _streams(self) -> WriteStreams:
        return WriteStreams(self.settings.bigquery_storage_grpc_endpoint, self.patience)

    @cached_property
    def _appenders(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SIDE_BY_SIDE, "append")

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

    @property
    def _dataset(self) -> str:
        return f"{self.settings.google_cloud_project}.{self.settings.bigquery_dataset}"

    def open_stream(self, table: Table) -> StreamEnd:
        """Open an empty committed stream on a table."""
        project, dataset = self.settings.google_cloud_project, self.settings.bigquery_dataset
        return StreamEnd(self._streams.open(BigQueryWriteClient.table_path(project, dataset, table.name)), 0)

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
        standing: dict[str, Sequence[bigquery.SchemaField]] = {}
        for table in tables:
            name = f"{self._dataset}.{table.name}"
            with suppress(NotFound), needing("bigquery.tables.get (roles/bigquery.dataEditor)", name):
                standing[table.name] = self._reader.get_table(name, timeout=self.patience.answer_s).schema
        return standing

    def rows(self, query: str, parameters: Sequence[bigquery.ScalarQueryParameter] = ()) -> list[Mapping[str, Any]]:
        """Return what a query over the dataset's tables answers."""
        return [dict(row.items()) for row in self._ask(query, parameters)]

    def pages(self, query: str, parameters: Sequence[bigquery.ScalarQueryParameter] = ()) -> Generator[pa.RecordBatch]:
        """Yield what a query answers as Arrow; BigQuery itself is read by its Storage API."""
        found = self._ask(query, parameters)
        if self.settings.bigquery_emulator_host is not None:
            yield from found.to_arrow_iterable()
            return
        fast = BigQueryReadClient()
        with fast:
            yield from found.to_arrow_iterable(bqstorage_client=fast)

    def _ask(self, query: str, parameters: Sequence[bigquery.ScalarQueryParameter]) -> RowIterator:
        config = bigquery.QueryJobConfig(default_dataset=self._dataset, query_parameters=list(parameters))
        return self._reader.query(query, config, timeout=QUERY_LIMIT_S).result(timeout=QUERY_LIMIT_S)

    def append_all(
        self, rows: Mapping[Table, pa.Table], ends: Mapping[str, StreamEnd], recoveries: Recoveries
    ) -> dict[str, StreamEnd]:
        """Append the rows of several tables side by side, then those of the audit table; return where to go on.

        A position's audit row says that every other table has had its row. Raises what `append` does.
        """
        appends = {
            table: self._appenders.submit(self.append, table, ends[table.name], rows[table], recoveries)
            for table in rows
            if table.name != AUDIT
        }
        wait(appends.values())
        after = {table.name: append.result() for table, append in appends.items()}
        audits = (table for table in rows if table.name == AUDIT)
        return after | {table.name: self.append(table, ends[AUDIT], rows[table], recoveries) for table in audits}

    def append(self, table: Table, end: StreamEnd, rows: pa.Table, recoveries: Recoveries) -> StreamEnd:
        """Append rows, each unique by Kafka position, that the table holds at most from other tries of the same batch.

        Returns the stream to go on with. Raises RefusedRowsError or MissingRightError where trying again is of no use,
        and GoogleAPICallError when BigQuery stays out of reach.
        """
        left = _Left(end, _by_position(rows))
        for generation in count(1):
            if not left.rows.num_rows:
                return left.end
            try:
                left.require_plan()
                self._streams.send(left.end.stream, left.end.offset, left.rows)
            except RefusedAppendError as surprise:
                log.warning("append_surprised", table=table.name, generation=generation, answer=str(surprise))
                left = self._recovered(table, left, recoveries, generation)
            else:
                return StreamEnd(left.end.stream, left.end.offset + left.rows.num_rows)
        raise AssertionError("generations do not end")

    def _recovered(self, table: Table, left: "_Left", recoveries: Recoveries, generation: int) -> "_Left":
        plan = recoveries.agreed(
            table.name, generation, lambda: Plan.of(self.open_stream(table).stream, self._missing(table, left))
        )
        end = StreamEnd(plan.stream, 0)
        if plan.rows != left.rows.num_rows:
            return _Left(end, left.rows, is_planned=False)
        return _Left(end, left.rows.filter(pa.array(plan.missing)))

    def _missing(self, table: Table, left: "_Left") -> Flags:
        """Return which rows the table lacks, once the stream that was to take them is sealed."""
        sealed, wanted = self._streams.seal(left.end.stream), left.rows.num_rows
        held = -1 if sealed is None or not left.is_planned else sealed - left.end.offset
        if 0 <= held <= wanted:
            return np.arange(wanted) >= held
        return are_missing(left.rows, self._stored_positions(table, left.rows))

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
        config = bigquery.QueryJobConfig(default_dataset=self._dataset, query_parameters=parameters)
        limit = self.patience.answer_s

        def found() -> set[tuple[str, int, int]]:
            rows = self._reader.query(query, config, timeout=limit).result(timeout=3 * limit)
            return {tuple(row.values()) for row in rows}

        with needing("bigquery.jobs.create (roles/bigquery.jobUser) and tables.getData", self._dataset):
            return self.patience(found)


@dataclass(frozen=True)
class _Left:
    """Rows that are still to be appended, and where; unplanned if others' plan for them was of other rows."""

    end: StreamEnd
    rows: pa.Table
    is_planned: bool = True

    def require_plan(self) -> None:
        """Raise RefusedAppendError if what the stream holds cannot be told by its length."""
        if not self.is_planned:
            raise RefusedAppendError("an earlier release planned other rows")


_POSITION = ("kafka_topic", "kafka_partition", "kafka_offset")


def _by_position(rows: pa.Table) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in _POSITION])


def are_missing(rows: pa.Table, stored: set[tuple[str, int, int]]) -> Flags:
    """Return whether each row's Kafka position is not among the stored ones."""
    columns = (rows[name].to_pylist() for name in _POSITION)
    return np.array([position not in stored for position in zip(*columns, strict=True)], np.bool_)
