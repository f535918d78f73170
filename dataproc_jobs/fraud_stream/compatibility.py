"""Whether this release can go on where the checkpoint and the tables stand: asked before the first batch."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
from google.cloud.bigquery import SchemaField

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.checkpoint.plan import offset_log
from fraud_stream.sinks.tables import Table
from fraud_stream.state.run import VERSION

STATE_FILE = "state_version"
SHUFFLE_PARTITIONS = "spark.sql.shuffle.partitions"

_BIGQUERY_TYPES = {"STRING": pa.types.is_string, "TIMESTAMP": pa.types.is_timestamp, "NUMERIC": pa.types.is_decimal} | {
    name: check
    for check, names in (
        (pa.types.is_int64, ("INT64", "INTEGER")),
        (pa.types.is_boolean, ("BOOL", "BOOLEAN")),
        (pa.types.is_float64, ("FLOAT64", "FLOAT")),
    )
    for name in names
}


class IncompatibleChangeError(Exception):
    """This release cannot go on here; the message says what to do."""


def require_checkpoint(checkpoint: Checkpoint, shuffle_partitions: int) -> None:
    """Raise IncompatibleChangeError if the checkpoint's state cannot be gone on with; note the state's version."""
    begun = checkpoint.numbers("offsets")
    frozen = frozen_partitions(checkpoint, begun[-1]) if begun else shuffle_partitions
    if frozen != shuffle_partitions:
        raise IncompatibleChangeError(
            f"{SHUFFLE_PARTITIONS} is {shuffle_partitions}, but the checkpoint {checkpoint.path} was begun with "
            f"{frozen}, and its state cannot be divided anew: set it back to {frozen}."
        )
    written = checkpoint.read(STATE_FILE)
    version = int(written or VERSION) if written or not begun else 1
    if version != VERSION:
        raise IncompatibleChangeError(
            f"The checkpoint {checkpoint.path} holds state of version {version}, this release reads version {VERSION}: "
            "start the release that wrote it, let it read everything and stop it, then carry its ids and charges over "
            "to a new CHECKPOINT_LOCATION with python -m fraud_stream.carry_over (docs/operations.md)."
        )
    checkpoint.write(STATE_FILE, str(VERSION).encode())


def frozen_partitions(checkpoint: Checkpoint, batch_id: int) -> int:
    """Return the number of shuffle partitions that a batch was begun with."""
    return int(offset_log(checkpoint, batch_id).conf[SHUFFLE_PARTITIONS])


def require_tables(found: Mapping[str, Sequence[SchemaField]], tables: Sequence[Table]) -> None:
    """Raise IncompatibleChangeError unless every row this release writes fits the tables as they stand."""
    wrong = [text for table in tables for text in _misfits(table, found.get(table.name, ()))]
    if wrong:
        raise IncompatibleChangeError(
            f"BIGQUERY_DATASET: {'; '.join(wrong)}. Run python -m sql apply of this release, then start the job."
        )


def _misfits(table: Table, columns: Sequence[SchemaField]) -> Iterator[str]:
    standing = {column.name: column for column in columns}
    if not standing:
        yield f"there is no table {table.name}"
        return
    for field in table.schema:
        column = standing.pop(field.name, None)
        if column is None:
            yield f"{table.name} has no column {field.name}"
        elif not _takes(column, field.type):
            yield f"{table.name}.{field.name} is {column.mode} {column.field_type}, which is not what is written"
    yield from (f"{table.name}.{name} is required" for name, column in standing.items() if column.mode == "REQUIRED")


def _takes(column: SchemaField, written: pa.DataType) -> bool:
    is_list = pa.types.is_list(written)
    check = _BIGQUERY_TYPES.get(column.field_type, lambda _kind: False)
    return is_list == (column.mode == "REPEATED") and bool(check(written.value_type if is_list else written))
