"""A run of the simulator: everything that decides its messages, and the messages themselves.

The same run gives the same bytes in the same order, on any day and at any pace.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from simulator.columns import digits, join
from simulator.faults.malformation import spoiled
from simulator.faults.resends import Resends
from simulator.faults.shares import Faults, Shares, misdated
from simulator.messages.block import EMPTY, Block
from simulator.messages.truth import TRUTHS, Fault, Label
from simulator.moments import SECOND
from simulator.people.population import Population
from simulator.traffic.arrivals import Arrivals
from simulator.traffic.episodes import SCRIPTS, episode_block
from simulator.traffic.shopping import ordinary_payments

_BLOCK = 8192
_TRAFFIC, _RESENDS = 0, 1  # streams of random numbers, independent of one another


@dataclass(frozen=True)
class Run:
    """`ordinary` payments at `rate` a second from `start` (microseconds since 1970) on, and a scenario's episodes."""

    scenario: Label
    population: Population
    start: int
    rate: float
    ordinary: int
    episodes: int
    shares: Shares

    @cached_property
    def end(self) -> int:
        """When the last message is due, in microseconds since 1970."""
        scripted = self._scripted.due[-1] if len(self._scripted) else 0
        return self.start + max(int(scripted), round(self.ordinary / self.rate * SECOND) if self.ordinary else 0)

    def __len__(self) -> int:
        """Return how many messages there are."""
        return self.ordinary + len(self._scripted)

    def blocks(self) -> Iterator[Block]:
        """Yield every message in the order it is due."""
        resends = Resends(self.shares.duplicates, self.rate)
        for number, block in enumerate(self._merged()):
            yield resends.apply(np.random.default_rng([self.population.seed, _RESENDS, number]), block)

    def _merged(self) -> Iterator[Block]:
        waiting = self._scripted
        for block in self._ordinary():
            passed = int(np.searchsorted(waiting.due, block.due[-1], side="right"))
            yield block.followed_by(waiting[:passed]).in_order() if passed else block
            waiting = waiting[passed:]
        if len(waiting):
            yield waiting

    def _ordinary(self) -> Iterator[Block]:
        arrivals = Arrivals(self.start, self.ordinary, self.rate)
        faults = Faults(self.shares)
        for number, first in enumerate(range(0, self.ordinary, _BLOCK)):
            rng = np.random.default_rng([self.population.seed, _TRAFFIC, number])
            due = arrivals.offsets(rng, first, min(_BLOCK, self.ordinary - first))
            truths = faults.assign(rng, len(due))
            ids = join(b"TXN_", self._id.encode(), b"_", digits(np.arange(first, first + len(due)), 10))
            payments = ordinary_payments(self.population, rng, ids, misdated(truths, self.start + due, self.end))
            yield _spoil(Block(due, [*payments.keys()], [*payments.values()], truths), rng)

    @cached_property
    def _scripted(self) -> Block:
        script = SCRIPTS.get(self.scenario)
        return episode_block(script, self.episodes, self.population, self.start) if script else EMPTY

    @cached_property
    def _id(self) -> str:
        return sha256(repr(self).encode()).hexdigest()[:8]


def _spoil(block: Block, rng: np.random.Generator) -> Block:
    for row in np.flatnonzero(_IS_FAULTY[block.truths]):
        fault, value = TRUTHS[block.truths[row]].fault, block.values[row]
        block.values[row] = spoiled(fault, value or b"", rng)
        block.keys[row] = None if fault is Fault.OVERSIZED_GARBAGE else block.keys[row]
    return block


_IS_FAULTY = np.array([truth.fault is not Fault.NONE for truth in TRUTHS])
