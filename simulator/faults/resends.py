"""Messages sent again by the application, byte for byte, within seconds: what an idempotent producer cannot see."""

import numpy as np

from simulator.messages.block import EMPTY, Block
from simulator.messages.truth import CODE_OF, IS_NORMAL, TRUTHS, Fault

_SECONDS = 5
_MOST_MESSAGES = 10_000


class Resends:
    """Puts repetitions of recent messages, each chosen evenly from the last five seconds, in place of ordinary ones."""

    def __init__(self, share: float, rate: float) -> None:
        self._share = share
        self._reach = min(max(round(_SECONDS * rate), 1), _MOST_MESSAGES)
        self._recent = EMPTY

    def apply(self, rng: np.random.Generator, block: Block) -> Block:
        """Return the block with a share of its ordinary messages replaced; scripted ones always go out."""
        behind = 1 + (rng.random(len(block)) * self._reach).astype(np.int64)
        chosen = np.flatnonzero((rng.random(len(block)) < self._share) & IS_NORMAL[block.truths])
        both = self._recent.followed_by(block)
        first = len(both) - len(block)
        for row in chosen.tolist():
            origin = first + row - int(behind[row])
            if origin >= 0:
                _repeat(both, first + row, origin)
        self._recent = both[-self._reach :]
        return both[first:]


def _repeat(block: Block, row: int, origin: int) -> None:
    truth = TRUTHS[block.truths[origin]]
    if truth.fault is Fault.OVERSIZED_GARBAGE:
        return
    block.keys[row], block.values[row] = block.keys[origin], block.values[origin]
    block.truths[row] = CODE_OF[truth._replace(resent=True)]
