"""An episode: some payments that belong together, told without naming anybody."""

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from simulator.people.spending import category_number, prices_usd

OWN = -1
"""The payer's own card, device or network; other numbers are the episode's."""

Choice = TypeVar("Choice")


class Charge(NamedTuple):
    """One payment, `at` seconds into its episode, of `usd` US dollars.

    `payer` numbers the episode's accounts, `card` the account whose card pays, `device` and `network` what others
    bring along. A `habitual` amount grows with the payer's means. `declined` is None where the issuer treats it as any.
    """

    at: float
    usd: float
    mcc: str
    merchant: int = 0
    payer: int = 0
    card: int = OWN
    device: int = OWN
    network: int = OWN
    habitual: bool = False
    abroad: bool = False
    declined: bool | None = None


class Episode(NamedTuple):
    """Charges in any order. The cards of `one_bin` are guesses among the numbers of one issuer."""

    charges: list[Charge]
    one_bin: bool = False


@dataclass(frozen=True)
class Dice:
    """The draws of one episode."""

    rng: np.random.Generator

    def number(self, low: int, high: int) -> int:
        """Return a whole number between two, both included."""
        return int(self.rng.integers(low, high + 1))

    def between(self, low: float, high: float) -> float:
        """Return a number between two."""
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """Tell whether something happens that does in a share of cases."""
        return bool(self.rng.random() < share)

    def one_of(self, choices: tuple[Choice, ...]) -> Choice:
        """Return one of the choices."""
        return choices[self.number(0, len(choices) - 1)]

    def times(self, count: int, shortest: float, longest: float) -> list[float]:
        """Return `count` moments in seconds, the gaps between them as long as two bounds allow."""
        gaps = self.rng.uniform(shortest, longest, count)
        return [float(moment) for moment in np.cumsum(gaps)]

    def spread(self, count: int, seconds: float) -> list[float]:
        """Return `count` moments anywhere within so many seconds, in order."""
        return sorted(self.rng.uniform(0, seconds, count).tolist())

    def price(self, mcc: str) -> float:
        """Return a list price of a category, in US dollars."""
        return float(prices_usd(np.array([category_number(mcc)]), self.rng.standard_normal(1))[0])
