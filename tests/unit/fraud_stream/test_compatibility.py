"""What this release cannot go on with is refused with a sentence that says what to do."""

from pathlib import Path

import pytest
from google.cloud.bigquery import SchemaField

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.compatibility import STATE_FILE, IncompatibleChangeError, require_checkpoint, require_tables
from fraud_stream.sinks.tables import TABLES
from sql import schema

PLANNED = b'v1\n{"batchWatermarkMs":0,"batchTimestampMs":1,"conf":{"spark.sql.shuffle.partitions":"2"}}\n{}'
MERCHANT = SchemaField("merchant_id", "STRING", "NULLABLE")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint.at(str(tmp_path / "checkpoint"))


@pytest.fixture
def standing() -> dict[str, list[SchemaField]]:
    """The columns of every table, as `sql/` makes them."""
    return {
        name: [SchemaField(column.name, column.type, column.mode) for column in table.columns]
        for name, table in schema.tables().items()
    }


def test_a_checkpoint_goes_on_with_what_it_was_begun_with(checkpoint: Checkpoint) -> None:
    require_checkpoint(checkpoint, 2)
    checkpoint.write("offsets/0", PLANNED)
    require_checkpoint(checkpoint, 2)


def test_another_number_of_shuffle_partitions_is_refused(checkpoint: Checkpoint) -> None:
    checkpoint.write("offsets/0", PLANNED)
    with pytest.raises(IncompatibleChangeError, match=r"spark\.sql\.shuffle\.partitions is 4, .* set it back to 2"):
        require_checkpoint(checkpoint, 4)


def test_state_of_another_version_is_refused(checkpoint: Checkpoint) -> None:
    require_checkpoint(checkpoint, 2)
    checkpoint.write(STATE_FILE, b"4")
    with pytest.raises(IncompatibleChangeError, match=r"state of version 4.* version 3.* new CHECKPOINT_LOCATION"):
        require_checkpoint(checkpoint, 2)


def test_a_checkpoint_of_the_release_before_is_refused(checkpoint: Checkpoint) -> None:
    checkpoint.write("velocity_state_version", b"1")
    checkpoint.write("offsets/0", PLANNED)
    with pytest.raises(IncompatibleChangeError, match=r"state of version 1.*carry_over"):
        require_checkpoint(checkpoint, 2)


def test_the_tables_of_sql_take_what_is_written(standing: dict[str, list[SchemaField]]) -> None:
    require_tables(standing, TABLES)


def test_types_are_taken_by_the_names_that_bigquery_tells(standing: dict[str, list[SchemaField]]) -> None:
    told = {"INT64": "INTEGER", "BOOL": "BOOLEAN", "FLOAT64": "FLOAT"}
    renamed = {
        table: [SchemaField(one.name, told.get(one.field_type, one.field_type), one.mode) for one in columns]
        for table, columns in standing.items()
    }
    assert renamed != standing
    require_tables(renamed, TABLES)


def test_a_new_column_that_may_be_empty_is_taken(standing: dict[str, list[SchemaField]]) -> None:
    standing["payment_transactions"].append(SchemaField("channel", "STRING", "NULLABLE"))
    require_tables(standing, TABLES)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ([], "payment_transactions has no column merchant_id"),
        ([SchemaField("merchant_id", "INTEGER")], r"payment_transactions\.merchant_id is NULLABLE INTEGER"),
        ([SchemaField("merchant_id", "STRING", "REPEATED")], r"payment_transactions\.merchant_id is REPEATED STRING"),
        ([MERCHANT, SchemaField("channel", "STRING", "REQUIRED")], r"payment_transactions\.channel is required"),
    ],
    ids=["lacking", "of another type", "a list", "required and not written"],
)
def test_a_column_that_does_not_fit_is_refused(
    standing: dict[str, list[SchemaField]], columns: list[SchemaField], named: str
) -> None:
    table = [column for column in standing["payment_transactions"] if column.name != "merchant_id"]
    with pytest.raises(IncompatibleChangeError, match=f"BIGQUERY_DATASET: {named}.* python -m sql apply"):
        require_tables(standing | {"payment_transactions": [*table, *columns]}, TABLES)


def test_a_table_that_is_not_there_is_refused(standing: dict[str, list[SchemaField]]) -> None:
    del standing["payment_late_events"]
    with pytest.raises(IncompatibleChangeError, match="there is no table payment_late_events"):
        require_tables(standing, TABLES)
