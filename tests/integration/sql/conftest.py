"""Datasets of their own in the real emulator."""

from collections.abc import Iterator
from itertools import count

import pytest

from infra.local.servers.bigquery import BigQuery
from sql.connection import connect
from sql.settings import Settings
from sql.warehouse import Warehouse

numbers = count()


def fresh_dataset(bigquery: BigQuery) -> Iterator[Warehouse]:
    settings = Settings(
        google_cloud_project=bigquery.settings.project,
        bigquery_dataset=f"dataset_{next(numbers)}",
        bigquery_location="EU",
        bigquery_emulator_host=bigquery.url,
    )
    warehouse = connect(settings)
    with warehouse.client:
        yield warehouse


@pytest.fixture
def warehouse(bigquery: BigQuery) -> Iterator[Warehouse]:
    """A dataset that does not exist yet."""
    yield from fresh_dataset(bigquery)


@pytest.fixture(scope="module")
def views(bigquery: BigQuery) -> Iterator[Warehouse]:
    """A dataset with every table and view, shared by the tests of a module."""
    for warehouse in fresh_dataset(bigquery):
        warehouse.apply()
        yield warehouse
