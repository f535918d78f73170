"""A release that writes a new column, on the write streams of the one before it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from fraud_stream.compatibility import IncompatibleChangeError, require_tables
from fraud_stream.settings import WarehouseSettings
from fraud_stream.sinks.recovery import Recoveries
from fraud_stream.sinks.tables import TABLES, Settled
from fraud_stream.sinks.warehouse import Warehouse
from infra.local.servers.bigquery import BigQuery
from sql.schema import tables
from sql.warehouse import Warehouse as Dataset
from tests.builders import rejected_row, settled
from tests.integration.conftest import opened_dataset

LETTERS = next(table for table in TABLES if table.name == "payment_dead_letters")
EARLIER = replace(LETTERS, schema=pa.schema([field for field in LETTERS.schema if field.name != "field"]))


@pytest.fixture
def dataset(
    bigquery: BigQuery, stack_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dataset]:
    """A dataset as it was before the column."""
    assert stack_environment
    monkeypatch.setenv("BIGQUERY_DATASET", "before_the_column")
    with opened_dataset(bigquery, "before_the_column") as dataset:
        dataset.apply()
        dataset.run(f"alter table {LETTERS.name} drop column field")
        dataset.read(tables()[LETTERS.name])  # the emulator's catalogue learns of it
        yield dataset


def letters(*offsets: int) -> Settled:
    return settled(*(rejected_row(kafka_offset=offset) for offset in offsets))


def test_a_new_column_goes_on_where_the_earlier_release_stopped(dataset: Dataset, tmp_path: Path) -> None:
    batch = Recoveries(str(tmp_path), 0, 0)
    earlier = Warehouse(WarehouseSettings())
    start = earlier.open_stream(EARLIER)
    end = earlier.append(EARLIER, start, EARLIER.rows(letters(0, 1)), batch)

    now = Warehouse(WarehouseSettings())
    with pytest.raises(IncompatibleChangeError, match="payment_dead_letters has no column field"):
        require_tables(now.columns(TABLES), TABLES)
    dataset.apply()
    assert dataset.drift() == []  # as `python -m sql apply` ends; the emulator's catalogue learns of the column
    require_tables(now.columns(TABLES), TABLES)
    # the batch that the earlier release had begun comes again, longer than what it had written
    again = now.append(LETTERS, start, LETTERS.rows(letters(0, 1, 2)), batch)
    now.append(LETTERS, again, LETTERS.rows(letters(3)), replace(batch, batch_id=1))

    assert end.offset == 2
    stored = dataset.run(f"select kafka_offset, field from {LETTERS.name} order by kafka_offset")
    assert [tuple(row.values()) for row in stored] == [(0, None), (1, None), (2, "amount"), (3, "amount")]
