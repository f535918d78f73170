"""Real servers as fixtures: the modules of infra.local, in a folder of the test session's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from google.cloud.bigquery import Client

from infra.local.servers.bigquery import BigQuery
from infra.local.servers.component import Component
from infra.local.servers.firestore import Firestore
from infra.local.servers.kafka import Kafka
from infra.local.servers.pubsub import PubSub
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from sql.connection import connect
from sql.settings import Settings
from sql.warehouse import Warehouse

Server = TypeVar("Server", bound=Component)

ADDRESSES = (
    "KAFKA_BOOTSTRAP_SERVERS",
    "REDIS_URL",
    "BIGQUERY_EMULATOR_HOST",
    "BIGQUERY_STORAGE_GRPC_ENDPOINT",
    "PUBSUB_EMULATOR_HOST",
    "FIRESTORE_EMULATOR_HOST",
    "AUTHORIZE_URL",
    "GOOGLE_CLOUD_PROJECT",
)


@pytest.fixture(scope="session")
def local_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack in which nothing runs until a fixture asks for it."""
    with LocalStack(tmp_path_factory.mktemp("stack"), components=()) as stack:
        yield stack


@pytest.fixture(scope="session")
def kafka(local_stack: LocalStack) -> Kafka:
    """A broker with the topics of the contract."""
    return _started(local_stack, Kafka)


@pytest.fixture(scope="session")
def redis_server(local_stack: LocalStack) -> Redis:
    """A Redis server."""
    return _started(local_stack, Redis)


@pytest.fixture(scope="session")
def pubsub(local_stack: LocalStack) -> PubSub:
    """The Pub/Sub emulator with the topics of the contract."""
    return _started(local_stack, PubSub)


@pytest.fixture(scope="session")
def firestore(local_stack: LocalStack) -> Firestore:
    """The Firestore emulator."""
    return _started(local_stack, Firestore)


@pytest.fixture(scope="session")
def bigquery(local_stack: LocalStack) -> BigQuery:
    """The BigQuery emulator with the tables and views of sql/."""
    return _started(local_stack, BigQuery)


@contextmanager
def opened_dataset(bigquery: BigQuery, name: str) -> Iterator[Warehouse]:
    """Yield a dataset, which need not exist."""
    settings = Settings(
        google_cloud_project=bigquery.settings.project,
        bigquery_dataset=name,
        bigquery_location="EU",
        bigquery_emulator_host=bigquery.url,
    )
    opened = connect(settings)
    with opened.client:
        yield opened


@contextmanager
def applied_dataset(bigquery: BigQuery, name: str) -> Iterator[Client]:
    """Make a dataset with every table and view; yields a client of its project."""
    with opened_dataset(bigquery, name) as dataset:
        dataset.apply()
        yield dataset.client


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the addresses of any stack the developer runs, and undo what a test sets."""
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stack_environment(local_stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The addresses of every server started so far, set in the environment too; ask for the servers first."""
    environment = local_stack.environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


def _started(stack: LocalStack, kind: type[Server]) -> Server:
    stack.start(kind.name)
    component = stack.component(kind.name)
    assert isinstance(component, kind)
    return component
