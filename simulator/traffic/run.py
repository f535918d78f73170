"""A run of the simulator: everything that decides its messages, and the messages themselves.

The same run gives the same bytes in the same order, on any day and at any pace.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from simulator.columns import Numbers
from simulator.faults.malformation import spoiled
from simulator.faults.resends import Resends
from simulator.faults.shares import Faults, Shares, misdated
from simulator.messages.block import EMPTY, Block
from simulator.messages.truth import TRUTHS, Fault, Label
from simulator.moments import MINUTE, SECOND
from simulator.people.population import Population
from simulator.people.transactions import transaction_ids
from simulator.stories.base_rate import BaseRate, Told, episodes_among
from simulator.stories.catalogue import STORIES, drawn
from simulator.stories.staging import Numbering, staged
from simulator.traffic.arrivals import Arrivals
from simulator.traffic.episodes import SCRIPTS, episode_block
from simulator.traffic.shopping import ordinary_payments

_BLOCK = 8192
_MOST_TOLD = 10**6  # payments of one scenario
_TRAFFIC, _RESENDS, _BEGINNINGS = 0, 1, 3  # streams of random numbers, independent of one another; stories have 2


@dataclass(frozen=True)
class Run:
    """`ordinary` payments at `rate` a second from `start` (microseconds since 1970) on, and a scenario's episodes.

    With a `base_rate` there are drawn episodes of every story among the ordinary payments, but those `left_out`.
    """

    scenario: Label
    population: Population
    start: int
    rate: float
    ordinary: int
    episodes: int
    shares: Shares
    base_rate: BaseRate | None = None
    left_out: tuple[Label, ...] = ()

    @cached_property
    def end(self) -> int:
        """When the last message is due, in microseconds since 1970."""
        scripted = self.told.due[-1] if len(self.told) else 0
        return self.start + max(int(scripted), round(self.ordinary / self.rate * SECOND) if self.ordinary else 0)

    def __len__(self) -> int:
        """Return how many messages there are."""
        return self.ordinary + len(self.told)

    def blocks(self) -> Iterator[Block]:
        """Yield every message in the order it is due."""
        resends = Resends(self.shares.duplicates, self.rate)
        for number, block in enumerate(self._merged()):
            yield resends.apply(np.random.default_rng([self.population.seed, _RESENDS, number]), block)

    def _merged(self) -> Iterator[Block]:
        waiting = self.told
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
            ids = transaction_ids(self._id, np.arange(first, first + len(due), dtype=np.int64))
            payments = ordinary_payments(self.population, rng, ids, misdated(truths, self.start + due, self.end))
            yield _spoil(Block(due, [*payments.keys()], [*payments.values()], truths), rng)

    @cached_property
    def told(self) -> Block:
        """The payments of all episodes, in the order they are due."""
        return self._of_scenario().followed_by(self._mixed_in()).in_order()

    def _of_scenario(self) -> Block:
        script = SCRIPTS.get(self.scenario)
        if script:
            return episode_block(script, self.episodes, self.population, self.start)
        if self.scenario not in STORIES:
            return EMPTY
        seed = self.population.seed
        tales = [Told(self.scenario, drawn(self.scenario, seed, number)) for number in range(self.episodes)]
        return self._staged(tales, np.arange(len(tales), dtype=np.int64) * MINUTE, self.ordinary)

    def _mixed_in(self) -> Block:
        arrivals = Arrivals(self.start, self.ordinary, self.rate)
        rng = np.random.default_rng([self.population.seed, _BEGINNINGS])
        places = rng.integers(0, max(self.ordinary, 1), len(self._tales))
        begins = np.array([arrivals.offsets(rng, int(place), 1)[0] for place in places], dtype=np.int64)
        return self._staged(self._tales, begins, self._first_mixed_in)

    def episodes_by_id(self) -> dict[str, int]:
        """Return by transaction id the number of the episode that is mixed in with it."""
        numbers = [number for number, tale in enumerate(self._tales) for _ in tale.episode.charges]
        first = self._first_mixed_in
        ids = transaction_ids(self._id, np.arange(first, first + len(numbers), dtype=np.int64)).tolist()
        return {written.replace(b"\0", b"").decode(): number for written, number in zip(ids, numbers, strict=True)}

    @cached_property
    def _tales(self) -> list[Told]:
        if self.base_rate is None:
            return []
        return episodes_among(self.base_rate, self.ordinary, self.population.seed, self.left_out)

    @property
    def _first_mixed_in(self) -> int:
        return self.ordinary + _MOST_TOLD

    def _staged(self, tales: list[Told], begins: Numbers, first_id: int) -> Block:
        return staged(tales, begins, self.population, self.start, Numbering(self._id, first_id))

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
