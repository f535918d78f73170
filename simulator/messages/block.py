"""A block of messages, ready to publish."""

from dataclasses import dataclass

import numpy as np

from simulator.columns import Numbers
from simulator.messages.truth import Codes


@dataclass(frozen=True)
class Block:
    """Messages in the order they are published.

    `due` is when each is, in microseconds after the start of the run; `truths` are codes of simulator.messages.truth.
    """

    due: Numbers
    keys: list[bytes | None]
    values: list[bytes | None]
    truths: Codes

    def __len__(self) -> int:
        return len(self.due)

    def __getitem__(self, part: slice) -> "Block":
        return Block(self.due[part], self.keys[part], self.values[part], self.truths[part])

    def followed_by(self, other: "Block") -> "Block":
        """Return the messages of this block, then those of the other."""
        return Block(
            np.concatenate([self.due, other.due]),
            self.keys + other.keys,
            self.values + other.values,
            np.concatenate([self.truths, other.truths]),
        )

    def in_order(self) -> "Block":
        """Return the messages by when they are due, those of one moment as they stand."""
        order = np.argsort(self.due, kind="stable")
        keys, values = [self.keys[row] for row in order], [self.values[row] for row in order]
        return Block(self.due[order], keys, values, self.truths[order])


EMPTY = Block(np.zeros(0, dtype=np.int64), [], [], np.zeros(0, dtype=np.uint8))
