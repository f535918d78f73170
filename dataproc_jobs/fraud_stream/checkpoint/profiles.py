"""The profiles that each batch is judged by, kept in the checkpoint: one file for each midnight, and who goes by which.

A batch that comes again keeps the profiles it began with. Once a later batch goes by others, nothing can ask for the
files before, which may tell of somebody who has been erased since: they are deleted then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from fraud_stream.checkpoint.book import Book
from fraud_stream.checkpoint.directory import Checkpoint

FOLDER, FILES = "profiles", "profile_files"
DAYS = 2
"""The newest midnights that are kept, so that a payment from before the last finds the one that it is judged by."""


class Version(msgspec.Struct, frozen=True, order=True):
    """The profiles of one midnight (microseconds since 1970); an erasure leaves fewer `accounts`."""

    as_of: int
    accounts: int

    @property
    def name(self) -> str:
        """Its file."""
        return f"{FILES}/{self.as_of}_{self.accounts}.arrow"


Versions = tuple[Version, ...]

Standing = Callable[[], Sequence[Version] | None]
"""Tells the versions whose files stand in the checkpoint and are to be gone by; None where nobody can tell yet."""


@dataclass
class ProfileBook:
    """What batches go by, by the number of the first batch."""

    checkpoint: Checkpoint
    standing: Standing
    _book: Book[Versions] = field(init=False)

    def __post_init__(self) -> None:
        """Read what batches went by, and drop files that none does."""
        decode = partial(msgspec.json.decode, type=Versions)
        self._book = Book(self.checkpoint, FOLDER, msgspec.json.encode, decode, ())
        kept = {one.name for versions in self._book.kept for one in versions}
        for name in self.checkpoint.names(FILES):
            if f"{FILES}/{name}" not in kept:
                self.checkpoint.discard(f"{FILES}/{name}")

    def of(self, batch_id: int) -> Versions:
        """Return what a batch goes by; batches are asked for in their order."""
        return self._book.of(batch_id, partial(self._chosen, batch_id))

    def _chosen(self, batch_id: int, ruling: Versions | None) -> Versions:
        """Return what stands, if its files do. All batches before have ended, so only the last choice is needed."""
        ruling, stands = ruling or (), self.standing()
        forgotten = {one for versions in self._book.forget_before(batch_id) for one in versions}
        for one in forgotten - {*ruling, *(stands or ())}:
            self.checkpoint.discard(one.name)
        if stands is None or tuple(stands) == ruling or not all(holds(self.checkpoint, one) for one in stands):
            return ruling
        return tuple(stands)


def holds(checkpoint: Checkpoint, version: Version) -> bool:
    """Tell whether a version's file stands in a checkpoint."""
    return version.name.removeprefix(f"{FILES}/") in checkpoint.names(FILES)
