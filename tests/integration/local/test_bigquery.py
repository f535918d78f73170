"""The BigQuery emulator under what a stream does to it: appends from several tasks while others query."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import grpc
import pyarrow as pa
import pytest
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as bq
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient, types
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport

from infra.local.servers.bigquery import BigQuery

PROJECT = "local-fraud"
TABLE = f"projects/{PROJECT}/datasets/concurrency/tables/numbers"
SCHEMA = pa.schema([("writer", pa.int64()), ("number", pa.int64())])
NO_RETRY = Retry(predicate=lambda _: False)
WRITERS, APPENDS, ROWS, QUERIERS = 3, 15, 20, 2


@pytest.fixture
def client(bigquery: BigQuery) -> Iterator[bq.Client]:
    with bq.Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": bigquery.url}) as client:
        client.create_dataset("concurrency", exists_ok=True)
        client.query_and_wait("create or replace table concurrency.numbers (writer int64, number int64)")
        yield client


def append(endpoint: str, writer: int) -> None:
    """Append numbers on a committed stream of the writer's own, each batch at its offset."""
    with grpc.insecure_channel(endpoint) as channel:
        client = BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=channel))
        kind = types.WriteStream(type_=types.WriteStream.Type.COMMITTED)
        stream = client.create_write_stream(parent=TABLE, write_stream=kind).name
        requests = (request(stream, writer, offset) for offset in range(0, APPENDS * ROWS, ROWS))
        for answer in client.append_rows(requests, timeout=60):
            assert answer.error.code == 0, answer.error.message


def request(stream: str, writer: int, offset: int) -> types.AppendRowsRequest:
    batch = pa.record_batch([pa.array([writer] * ROWS), pa.array(range(offset, offset + ROWS))], schema=SCHEMA)
    rows = types.AppendRowsRequest.ArrowData(
        writer_schema=types.ArrowSchema(serialized_schema=SCHEMA.serialize().to_pybytes()),
        rows=types.ArrowRecordBatch(serialized_record_batch=batch.serialize().to_pybytes()),
    )
    return types.AppendRowsRequest(write_stream=stream, offset=offset, arrow_rows=rows)


def query(client: bq.Client, mark: int, finished: Event) -> int:
    """Query until told to stop: each answer is this query's own, and no batch is seen in part."""
    answers = 0
    while not finished.is_set():
        rows = client.query_and_wait(
            f"select {mark} as mark, writer, count(*) as numbers, {answers} as answer "
            "from concurrency.numbers group by writer",
            api_timeout=60,
            retry=NO_RETRY,
            job_retry=NO_RETRY,
        )
        assert all(row.mark == mark and row.numbers % ROWS == 0 for row in rows)
        answers += 1
    return answers


def test_appends_and_queries_at_once_neither_block_nor_mix(bigquery: BigQuery, client: bq.Client) -> None:
    finished = Event()
    with ThreadPoolExecutor(WRITERS + QUERIERS) as pool:
        querying = [pool.submit(query, client, mark, finished) for mark in range(QUERIERS)]
        try:
            list(pool.map(lambda writer: append(bigquery.storage_endpoint, writer), range(WRITERS)))
        finally:
            finished.set()
    assert all(answers.result() > 0 for answers in querying)
    rows = client.query_and_wait("select writer, count(distinct number), count(*) from concurrency.numbers group by 1")
    assert {tuple(row.values()) for row in rows} == {
        (writer, APPENDS * ROWS, APPENDS * ROWS) for writer in range(WRITERS)
    }


def test_erased_rows_live_on_in_no_history(client: bq.Client) -> None:
    client.query_and_wait("create or replace table concurrency.people (name string)")
    client.query_and_wait("insert into concurrency.people values ('Ada')")
    [(before,)] = client.query_and_wait("select current_timestamp()")
    client.query_and_wait("delete from concurrency.people where true")
    rows = client.query_and_wait(f"select * from concurrency.people for system_time as of timestamp '{before}'")
    assert list(rows) == []
