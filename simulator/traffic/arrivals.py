"""When ordinary payments arrive: at the asked rate over the run, and within it by the daily rhythm of the regions."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.columns import Floats, Numbers
from simulator.moments import HOUR, SECOND
from simulator.people.regions import hourly_activity


@dataclass(frozen=True)
class Arrivals:
    """`count` arrivals from `start` (microseconds since 1970) on, at `rate` a second on average over the run."""

    start: int
    count: int
    rate: float

    @property
    def seconds(self) -> float:
        """How long the run lasts."""
        return self.count / self.rate

    def offsets(self, rng: np.random.Generator, first: int, count: int) -> Numbers:
        """Return the microseconds after the start at which arrivals number `first` and on occur, in order."""
        edges, arrived = self._curve
        return np.interp(np.arange(first, first + count) + rng.random(count), arrived, edges).astype(np.int64)

    @cached_property
    def _curve(self) -> tuple[Floats, Floats]:
        """The run's hours as offsets of their edges, and how many have arrived by each edge."""
        span = round(self.seconds * SECOND)
        first_hour = self.start // HOUR
        hours = np.arange(first_hour, (self.start + span) // HOUR + 1)
        edges = np.append(np.maximum(hours * HOUR - self.start, 0), span).astype(np.float64)
        flow = hourly_activity().sum(axis=1)[hours % 24] * np.diff(edges)
        arrived = np.concatenate([[0.0], np.cumsum(flow)])
        return edges, arrived * (self.count / arrived[-1])
