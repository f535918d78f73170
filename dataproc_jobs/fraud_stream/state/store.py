"""Where runs stand: under the checkpoint, created only if absent, with a copy on the executor's disk.

What a batch costs follows what it brings. Each batch and bucket writes one run; runs are merged by blocks of 16, 256
and 4,096 batches, so that few are looked at however much is remembered, and are dropped whole once nothing in them can
be needed. A merged run covers committed batches only, so a batch that comes again reads what it read before.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from tempfile import gettempdir

import pyarrow as pa
from pyarrow import fs

from fraud_stream.checkpoint.directory import Checkpoint
from fraud_stream.state.run import Family, Run, Span, decode, encode

BLOCKS = (16, 256, 4_096)
"""Merged runs cover so many batches, aligned."""

_TRIES = 5


class StateMissingError(Exception):
    """Runs vanish while they are read, again and again."""


@dataclass
class RunStore:
    """The runs of one bucket of one family, as one process sees them.

    `copies` is a folder on this machine's disk for the runs of a checkpoint in a bucket; on a disk, they are mapped
    where they stand.
    """

    home: Checkpoint
    folder: str
    copies: Path | None
    _opened: dict[Span, Run] = field(default_factory=dict)

    def before(self, batch: int, family: Family) -> list[Run]:
        """Return what is remembered of the batches before `batch`, the oldest first; merge and drop what is due.

        Raises UnknownStateError for a run of another release, StateMissingError when runs vanish under the reader.
        """
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                return self._merged(self._needed(self._standing(batch), family), batch, family)
        raise StateMissingError(f"the runs of {self.home.path}/{self.folder} vanish while they are read")

    def create(self, batch: int, family: Family, rows: pa.Table) -> pa.RecordBatch:
        """Write a batch's run, after `before` it; return what stands there, for of two attempts the first decides."""
        return self._create(Span(batch, batch), family.in_order(rows))

    def _create(self, span: Span, rows: pa.RecordBatch) -> pa.RecordBatch:
        name, content = f"{self.folder}/{span.name}", encode(rows)
        if rows.num_rows and not self.home.create(name, content):
            content = self.home.read(name) or content
        if self.copies:
            _place(self.copies / span.name, content)
        return decode(pa.py_buffer(content))

    def _needed(self, runs: Sequence[Run], family: Family) -> list[Run]:
        over = {run.span for run in runs if family.is_over(run)}
        for span in over:
            self._drop(span)
        return [run for run in runs if run.span not in over]

    def _merged(self, runs: list[Run], batch: int, family: Family) -> list[Run]:
        for block in BLOCKS:
            blocks = [(number, list(parts)) for number, parts in groupby(runs, lambda run: run.span.first // block)]  # noqa: B023  used at once
            runs = [
                run
                for number, parts in blocks
                for run in (
                    self._join(parts, Span(number * block, (number + 1) * block - 1), family)
                    if len(parts) > 1 and (number + 1) * block <= batch
                    else parts
                )
            ]
        return runs

    def _join(self, parts: Sequence[Run], span: Span, family: Family) -> list[Run]:
        rows = pa.Table.from_batches([run.rows.replace_schema_metadata(None) for run in parts], family.schema)
        joined = Run(span, self._create(span, family.in_order(rows.filter(pa.array(family.needed(rows))))))
        for run in parts:
            self._drop(run.span)
        return [joined] if joined.rows.num_rows else []

    def _standing(self, batch: int) -> list[Run]:
        if self.copies:
            self._fetch(self.copies, batch)
            names = [entry.name for entry in os.scandir(self.copies)]
        else:
            names = self.home.names(self.folder)
        spans = list(self._covering(names, batch))
        self._opened = {span: self._opened.get(span) or self._open(span) for span in spans}
        for span in [span for span, run in self._opened.items() if not run.rows.num_rows and span.last < batch - 1]:
            self._drop(span)
        return [run for run in self._opened.values() if run.rows.num_rows]

    def _covering(self, names: Sequence[str], batch: int) -> Iterator[Span]:
        """Yield the spans before `batch`, without those that a larger one has taken in."""
        spans = [span for span in map(Span.named, names) if span and span.last < batch]
        covering: Span | None = None
        for span in sorted(spans, key=lambda span: (span.first, -span.last)):
            if covering and covering.holds(span):
                self._drop(span)
            else:
                covering = span
                yield span

    def _open(self, span: Span) -> Run:
        path = self.copies / span.name if self.copies else Path(self.home.path, self.folder, span.name)
        with pa.memory_map(str(path)) as content:
            return Run(span, decode(content))

    def _drop(self, span: Span) -> None:
        self._opened.pop(span, None)
        self.home.discard(f"{self.folder}/{span.name}")
        if self.copies:
            (self.copies / span.name).unlink(missing_ok=True)

    def _fetch(self, copies: Path, batch: int) -> None:
        """Bring the runs before `batch` that other machines have written."""
        copies.mkdir(parents=True, exist_ok=True)
        mine = {entry.name for entry in os.scandir(copies)}
        last = Span(batch - 1, batch - 1).name
        if any(span and span.last >= batch - 1 for span in map(Span.named, mine)):
            return
        for name in self.home.names(self.folder):
            span = Span.named(name)
            if span and span.last < batch and name not in mine:
                content = self.home.read(f"{self.folder}/{name}")
                if content is None:
                    raise FileNotFoundError(name)
                _place(copies / name, content)
        if not (copies / last).exists():
            _place(copies / last, encode(_EMPTY))


_EMPTY = pa.RecordBatch.from_arrays([], names=[])


def _place(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    hidden.write_bytes(content)
    hidden.replace(path)


def run_store(location: str, family: str, bucket: int) -> RunStore:
    """Return this process's view of a bucket's runs under the checkpoint at a location."""
    key = (location, family, bucket)
    if key not in _STORES:
        home, folder = Checkpoint.at(location), f"runs/{family}/{bucket}"
        _STORES[key] = RunStore(home, folder, None if _is_disk(home) else _copies(location) / family / str(bucket))
    return _STORES[key]


_STORES: dict[tuple[str, str, int], RunStore] = {}


def _is_disk(home: Checkpoint) -> bool:
    return isinstance(home.files, fs.LocalFileSystem)


def _copies(location: str) -> Path:
    """Return a folder that the Python workers of this executor share, and that goes with it."""
    disk = os.environ.get("SPARK_LOCAL_DIRS", gettempdir()).split(",")[0]
    return Path(disk, f"runs-{blake2b(location.encode(), digest_size=8).hexdigest()}")
