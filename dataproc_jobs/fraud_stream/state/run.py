"""A run: what the stream remembers of some batches, as one immutable Arrow record batch.

A run is named by the batches it covers. It carries the version of its content, and no card data.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

VERSION = 3
"""Of what runs hold and how; 1 was the velocity state that Spark kept, 2 hashed texts otherwise."""

_VERSION_KEY = b"state_version"
_NAME = re.compile(r"(-?\d+)_(-?\d+)\.arrow")

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]


class UnknownStateError(Exception):
    """A run was written by a release whose state this one cannot read."""


@dataclass(frozen=True, order=True)
class Span:
    """The batches that a run covers, both ends included; -1 is what a checkpoint was begun with."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """The run's file name."""
        return f"{self.first}_{self.last}.arrow"

    @classmethod
    def named(cls, name: str) -> "Span | None":
        """Return the span that a file name says, or None for a file that is no run."""
        matched = _NAME.fullmatch(name)
        return cls(*map(int, matched.groups())) if matched else None

    def holds(self, other: "Span") -> bool:
        """Tell whether another span lies within this one."""
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True)
class Run:
    """What is remembered of a span of batches."""

    span: Span
    rows: pa.RecordBatch

    @cached_property
    def latest(self) -> dict[int, int]:
        """By Kafka partition the latest event time (microseconds since 1970) of the run's rows."""
        partition, at = column(self.rows, "partition"), column(self.rows, "at")
        return {int(number): int(at[partition == number].max()) for number in np.unique(partition)}


class Family(Protocol):
    """One kind of state in one batch: how its runs are sorted, and what of them may still be needed."""

    name: str
    schema: pa.Schema

    def in_order(self, rows: pa.Table) -> pa.RecordBatch:
        """Return rows in the order of a run; of equal ones the earlier stay first."""

    def needed(self, rows: pa.Table) -> Bools:
        """Tell which rows a record that is still to come may need."""

    def is_over(self, run: Run) -> bool:
        """Tell whether no record that is still to come needs any row of a run."""


def column(rows: pa.RecordBatch | pa.Table, name: str) -> npt.NDArray[Any]:
    """Return a column of numbers as an array, without a copy where there is one chunk of it."""
    numbers: npt.NDArray[Any] = rows.column(name).to_numpy()
    return numbers


def rows_of(run: Run, name: str, keys: npt.NDArray[Any]) -> Int64s:
    """Return the indices of the rows of keys (sorted, each once) in a run that is in the order of column `name`."""
    standing = column(run.rows, name)
    start = np.searchsorted(standing, keys, side="left")
    count = np.searchsorted(standing, keys, side="right") - start
    before = np.cumsum(count) - count
    indices: Int64s = np.repeat(start - before, count) + np.arange(count.sum())
    return indices


def as_batch(rows: pa.Table) -> pa.RecordBatch:
    """Return a table's rows as one batch."""
    columns = [rows.column(name).combine_chunks() for name in rows.schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)


def encode(rows: pa.RecordBatch) -> bytes:
    """Return a run's content as an Arrow file."""
    marked = rows.replace_schema_metadata({_VERSION_KEY: str(VERSION).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, marked.schema) as writer:
        writer.write_batch(marked)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode(content: pa.Buffer | pa.NativeFile) -> pa.RecordBatch:
    """Return a run's rows, which go on standing where `content` does. Raises UnknownStateError for another version."""
    with pa.ipc.open_file(content) as reader:
        version = (reader.schema.metadata or {}).get(_VERSION_KEY, b"none").decode()
        if version != str(VERSION):
            raise UnknownStateError(f"a run of state has version {version}; this release reads version {VERSION}")
        return reader.get_batch(0)
