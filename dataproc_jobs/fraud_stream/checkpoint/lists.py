"""The lists that each batch is judged by, kept in the checkpoint: one file a change, the older ones deleted.

A batch that comes again keeps the lists it began with. Tasks read the file by its number, so that a list of any length
travels in no closure. A file of long ago is of no use, and may tell of somebody who has been erased since: two
are kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fraud.lists import ListEntry, Listing, ListKind
from fraud_stream.checkpoint.directory import Checkpoint

FOLDER = "lists"
KEPT = 2
NEVER = np.iinfo(np.int64).max

Standing = Callable[[], tuple[int, Mapping[str, ListEntry]] | None]
"""Tells the entries that stand now by their keys, and the number of changes so far; None where nobody can tell."""


class _Line(msgspec.Struct, array_like=True, frozen=True):
    kind: ListKind
    value: str
    listing: Listing
    expires_us: int


class _File(msgspec.Struct, frozen=True):
    revision: int
    lines: list[_Line]


@dataclass(frozen=True)
class ListOfKind:
    """The entries of one kind by column: `ends` in microseconds since 1970, of event time."""

    values: pa.Array
    blocks: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.int64]


Lists = Mapping[ListKind, ListOfKind]


@dataclass
class ListBook:
    """The files of a checkpoint, each by the number of the first batch it rules."""

    checkpoint: Checkpoint
    standing: Standing
    _begun: int = field(init=False)
    _files: list[int] = field(init=False)
    _revision: int = field(init=False)

    def __post_init__(self) -> None:
        self._begun = max(self.checkpoint.numbers("offsets"), default=-1)
        self._files = self.checkpoint.batches(FOLDER)
        self._revision = self._read(self._files[-1]).revision if self._files else 0

    def of(self, batch_id: int) -> int | None:
        """Return the number of the file that rules a batch, None where no list has an entry."""
        if batch_id > self._begun:
            self._enact(batch_id)
        return max((number for number in self._files if number <= batch_id), default=None)

    def _enact(self, batch_id: int) -> None:
        """Let what stands rule from a batch on."""
        self._begun = batch_id
        stands = self.standing()
        if stands is None or stands[0] == self._revision:
            return
        self._revision, entries = stands
        lines = [_Line(one.kind, one.value, one.listing, _ends(one)) for one in entries.values() if not one.removed]
        self.checkpoint.write(_name(batch_id), msgspec.json.encode(_File(self._revision, lines)))
        self._files.append(batch_id)
        for number in self._files[:-KEPT]:
            self.checkpoint.discard(_name(number))
        del self._files[:-KEPT]

    def _read(self, number: int) -> _File:
        return msgspec.json.decode(self.checkpoint.read(_name(number)) or b"", type=_File)


@lru_cache(maxsize=KEPT)
def read_lists(location: str, number: int | None) -> Lists:
    """Return the lists of a file; a process reads it once."""
    if number is None:
        return {}
    file = msgspec.json.decode(Checkpoint.at(location).read(_name(number)) or b"", type=_File)
    return {kind: lines for kind in ListKind if (lines := _of_kind([one for one in file.lines if one.kind is kind]))}


def _of_kind(lines: list[_Line]) -> ListOfKind | None:
    if not lines:
        return None
    return ListOfKind(
        pa.array([one.value for one in lines], pa.string()),
        np.array([one.listing is Listing.BLOCK for one in lines], np.bool_),
        np.array([one.expires_us for one in lines], np.int64),
    )


def _ends(entry: ListEntry) -> int:
    return NEVER if entry.expires_at is None else round(entry.expires_at.timestamp() * 1_000_000)


def _name(number: int) -> str:
    return f"{FOLDER}/{number}.json"
