"""The profiles that each batch is judged by, kept in the checkpoint: one file for each midnight, and who goes by which.

A batch that comes again keeps the profiles it began with. Once a later batch goes by others, nothing can ask for the
files before, which may tell of somebody who has been erased since: they are deleted then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

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


Standing = Callable[[], Sequence[Version] | None]
"""Tells the versions whose files stand in the checkpoint and are to be gone by; None where nobody can tell yet."""


@dataclass
class ProfileBook:
    """What batches go by, by the number of the first batch."""

    checkpoint: Checkpoint
    standing: Standing
    _begun: int = field(init=False)
    _known: dict[int, tuple[Version, ...]] = field(init=False)

    def __post_init__(self) -> None:
        """Read what batches went by, and drop files that none does."""
        self._begun = max(self.checkpoint.numbers("offsets"), default=-1)
        numbers = self.checkpoint.batches(FOLDER)
        read = {number: self.checkpoint.read(_name(number)) or b"[]" for number in numbers}
        self._known = {number: msgspec.json.decode(text, type=tuple[Version, ...]) for number, text in read.items()}
        kept = {one.name for versions in self._known.values() for one in versions}
        for name in self.checkpoint.names(FILES):
            if f"{FILES}/{name}" not in kept:
                self.checkpoint.discard(f"{FILES}/{name}")

    def of(self, batch_id: int) -> tuple[Version, ...]:
        """Return what a batch goes by; batches are asked for in their order."""
        if batch_id > self._begun:
            self._begun = batch_id
            self._enact(batch_id)
        return self._ruling(batch_id)

    def _enact(self, batch_id: int) -> None:
        """Let what stands rule from a batch on. All batches before have ended, so only the last choice is needed."""
        ruling, stands = self._ruling(batch_id), self.standing()
        self._drop_before(batch_id, {*ruling, *(stands or ())})
        if stands is not None and tuple(stands) != ruling and all(holds(self.checkpoint, one) for one in stands):
            self.checkpoint.write(_name(batch_id), msgspec.json.encode(stands))
            self._known[batch_id] = tuple(stands)

    def _drop_before(self, batch_id: int, needed: set[Version]) -> None:
        earlier = sorted(number for number in self._known if number < batch_id)[:-1]
        gone = {one for number in earlier for one in self._known.pop(number)} - needed
        for name in (*map(_name, earlier), *(one.name for one in gone)):
            self.checkpoint.discard(name)

    def _ruling(self, batch_id: int) -> tuple[Version, ...]:
        earlier = [number for number in self._known if number <= batch_id]
        return self._known[max(earlier)] if earlier else ()


def holds(checkpoint: Checkpoint, version: Version) -> bool:
    """Tell whether a version's file stands in a checkpoint."""
    return version.name.removeprefix(f"{FILES}/") in checkpoint.names(FILES)


def _name(number: int) -> str:
    return f"{FOLDER}/{number}.json"
