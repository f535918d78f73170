"""What a user asks of the simulator, and the run that this is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulator.errors import OptionError
from simulator.faults.shares import NO_FAULTS, Shares
from simulator.messages.truth import Label
from simulator.moments import micros
from simulator.people.population import LARGEST, Population
from simulator.stories.base_rate import BaseRate
from simulator.stories.catalogue import STORIES
from simulator.traffic.episodes import MOST_EPISODES, SCRIPTS
from simulator.traffic.run import Run

_FEWEST_ACCOUNTS = 10_000
_STORY_EACH_S = 60
_ACCOUNTS_PER_RATE = 3600
"""The average account pays once an hour, so that an ordinary one hardly ever pays four times in a minute."""


@dataclass(frozen=True)
class Request:
    """The options of the command line; `count` replaces `duration`, and None stands for the default."""

    scenario: Label = Label.NORMAL
    rate: float = 500.0
    duration: float = 60.0
    count: int | None = None
    background: float | None = None
    seed: int = 0
    start: datetime | None = None
    accounts: int | None = None
    shares: Shares = NO_FAULTS
    pace: bool = True
    base_rate: BaseRate | None = None

    def run(self, now: datetime) -> Run:
        """Return the run; raises OptionError that names an option which cannot be."""
        rate = self._ordinary_rate()
        seconds = self._seconds(rate)
        start = self._start(now, seconds)
        between = self._seconds_between
        scripted = Run(
            scenario=self.scenario,
            population=Population(self.seed, self._accounts(rate), start.year),
            start=micros(start),
            rate=rate,
            ordinary=0,
            episodes=min(max(int(seconds // between), 1), MOST_EPISODES) if between else 0,
            shares=self.shares,
        )
        return replace(scripted, ordinary=self._ordinary(rate, seconds, len(scripted)), base_rate=self.base_rate)

    @property
    def _seconds_between(self) -> int:
        """From one episode of the scenario to the next, in seconds; 0 where there are none."""
        script = SCRIPTS.get(self.scenario)
        return script.seconds if script else _STORY_EACH_S * (self.scenario in STORIES)

    def _accounts(self, rate: float) -> int:
        if self.accounts is not None:
            return self.accounts
        return min(max(round(rate * _ACCOUNTS_PER_RATE), _FEWEST_ACCOUNTS), LARGEST)

    def _ordinary_rate(self) -> float:
        if self.background is not None and self.scenario is Label.NORMAL:
            raise OptionError("background is for scenarios other than normal, which has only --rate")
        rate = self.rate if self.background is None else self.background
        if rate < 0 or (rate == 0 and self.background is None):
            raise OptionError(f"rate must be above 0, not {rate:g}")
        return rate

    def _seconds(self, rate: float) -> float:
        if self.count is None:
            return max(self.duration, self._seconds_between)
        if rate == 0:
            raise OptionError("count needs ordinary traffic: it cannot be combined with --background 0")
        return self.count / rate

    def _start(self, now: datetime, seconds: float) -> datetime:
        return self.start or (now if self.pace else now - timedelta(seconds=seconds))

    def _ordinary(self, rate: float, seconds: float, scripted: int) -> int:
        if self.count is None:
            return round(rate * seconds)
        if self.base_rate:
            raise OptionError("count cannot be combined with --base-rate, whose episodes come on top")
        if self.count < scripted:
            raise OptionError(f"count must be at least {scripted}, the events of {self.scenario} itself")
        return self.count - scripted
