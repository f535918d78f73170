"""What several attempts of one task agree on when a write stream has failed them: one stream to go on with.

The first to register a plan in the checkpoint decides; the others append to its stream, at the same offsets, the same
rows. A plan whose stream fails in turn has a successor, its next generation.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from fraud_stream.checkpoint.directory import Checkpoint

FOLDER = "recovery"
KEPT_BATCHES = 100_000
"""Plans are kept for more than a day: an attempt that slept through all this time still finds what was agreed on."""

Flags = npt.NDArray[np.bool_]


class Plan(msgspec.Struct, frozen=True):
    """An empty stream, and which of so many rows, in the order of their positions, are to be appended to it."""

    stream: str
    rows: int
    bits: bytes

    @classmethod
    def of(cls, stream: str, missing: Flags) -> "Plan":
        """Plan to append the rows that are missing."""
        return cls(stream, len(missing), np.packbits(missing).tobytes())

    @property
    def missing(self) -> Flags:
        """Whether each row is to be appended."""
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=self.rows).astype(np.bool_)


@dataclass(frozen=True)
class Recoveries:
    """The plans of one batch and sink partition; `location` is the checkpoint's, opened only if something failed."""

    location: str
    batch_id: int
    partition: int

    def agreed(self, table: str, generation: int, proposal: Callable[[], Plan]) -> Plan:
        """Return the plan of a generation: the one that is registered, or else the proposal's, unless others win."""
        checkpoint = Checkpoint.at(self.location)
        name = f"{FOLDER}/{self.batch_id}/{table}-{self.partition}-{generation}.json"
        registered = checkpoint.read(name)
        if registered is None:
            checkpoint.create(name, msgspec.json.encode(proposal()))
            registered = checkpoint.read(name)
        return msgspec.json.decode(registered or b"", type=Plan)


def forget(checkpoint: Checkpoint, batch_id: int) -> None:
    """Delete the plans of batches long before this one."""
    for number in checkpoint.numbers(FOLDER):
        if number < batch_id - KEPT_BATCHES:
            checkpoint.files.delete_dir(f"{checkpoint.path}/{FOLDER}/{number}")
