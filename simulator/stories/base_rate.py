"""How much fraud there is among payments, and how many honest habits that look like it."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from simulator.messages.truth import Label
from simulator.people.spending import mean_price_usd
from simulator.stories.catalogue import ATTACKS, HABITS, drawn
from simulator.stories.episode import Episode


class BaseRate(StrEnum):
    """Whose traffic is meant.

    `eu`: 1.5 of 10,000 card payments are fraud (EBA and ECB, report on payment fraud). `us`: 17.6 of 10,000 dollars
    (Federal Reserve, 2023). `training`: every tenth payment, so that a model sees enough of it.
    """

    EU = "eu"
    US = "us"
    TRAINING = "training"


class Told(NamedTuple):
    """An episode with its label."""

    label: Label
    episode: Episode


class _Shares(NamedTuple):
    fraud: float
    habits: float
    by_value: bool = False


_SHARES = {
    BaseRate.EU: _Shares(1.5e-4, 0.01),
    BaseRate.US: _Shares(17.6e-4, 0.01, by_value=True),
    BaseRate.TRAINING: _Shares(0.10, 0.20),
}


def episodes_among(rate: BaseRate, ordinary: int, seed: int, left_out: tuple[Label, ...] = ()) -> list[Told]:
    """Return the episodes that bring so many ordinary payments to a base rate, but those of labels left out."""
    shares, size = _SHARES[rate], _value if _SHARES[rate].by_value else _count
    unit = mean_price_usd() if shares.by_value else 1.0
    rest = ordinary / (1 - shares.habits - (0 if shares.by_value else shares.fraud))
    attacks = [label for label in ATTACKS if label not in left_out]
    return [
        *_filled(attacks, shares.fraud * rest * unit, size, seed),
        *_filled(HABITS, shares.habits * rest, _count, seed),
    ]


def _filled(labels: Sequence[Label], wanted: float, size: Callable[[Episode], float], seed: int) -> Iterator[Told]:
    """Yield episodes, the labels taking turns, of the wanted size together; the last by chance, so on average exact."""
    number, rng = 0, np.random.default_rng([seed, len(labels)])
    start = int(rng.integers(len(labels)))
    while wanted > 0:
        told = Told(label := labels[(start + number) % len(labels)], drawn(label, seed, number))
        if size(told.episode) <= wanted or rng.random() < wanted / size(told.episode):
            yield told
        wanted -= size(told.episode)
        number += 1


def _count(episode: Episode) -> float:
    return float(len(episode.charges))


def _value(episode: Episode) -> float:
    return sum(charge.usd for charge in episode.charges)
