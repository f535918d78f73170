"""An account's memory, which the peers written in Python keep each in its own kind of state.

It remembers ids for two hours and charges for seven minutes, as the job does; ids are held against those of the same
sender only, since a resend keeps its key.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import timedelta

from fraud.payments.disposition import DEDUPLICATION_HORIZON
from fraud.scoring.velocity import LONG_WINDOW, OUT_OF_ORDER, VELOCITY_WINDOW
from tests.bench.peers.programs.masking import Charge
from tests.bench.score import RiskFacts, ScoreRules, fraud_score, raised_flags

_MICROSECOND = timedelta(microseconds=1)
_HORIZON, _SHORT, _LONG = (span // _MICROSECOND for span in (DEDUPLICATION_HORIZON, VELOCITY_WINDOW, LONG_WINDOW))
_IDS_KEPT, _CHARGES_KEPT = 2 * _HORIZON, (LONG_WINDOW + OUT_OF_ORDER) // _MICROSECOND
_RULES = ScoreRules()
_MANY_DEVICES = 3


@dataclass(slots=True)
class Account:
    """One sender's memory, made of plain lists so that every state store can keep it."""

    ids: dict[str, list[int]] = field(default_factory=dict)
    at: list[int] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)

    def take(self, charge: Charge) -> str | None:
        """Return the result's line for a charge, or None where its id is repeated."""
        earlier = self.ids.get(charge.identity, [])
        if any(abs(charge.at - moment) < _HORIZON for moment in earlier):
            return None
        self._forget(charge.at)
        self.ids[charge.identity] = [*earlier, charge.at]
        facts = self._facts(charge)
        score = fraud_score(raised_flags(facts, _RULES), _RULES)
        return f"{charge.partition},{charge.offset},{facts.velocity_60s},{facts.velocity_5m},{score},{charge.card}"

    def _forget(self, now: int) -> None:
        for identity in [one for one, moments in self.ids.items() if moments[-1] <= now - _IDS_KEPT]:
            del self.ids[identity]
        gone = bisect_right(self.at, now - _CHARGES_KEPT)
        del self.at[:gone], self.regions[:gone], self.devices[:gone]

    def _facts(self, charge: Charge) -> RiskFacts:
        place = bisect_right(self.at, charge.at)
        self.at.insert(place, charge.at)
        self.regions.insert(place, charge.region)
        self.devices.insert(place, charge.device)
        long = bisect_right(self.at, charge.at - _LONG)
        return RiskFacts(
            amount_is_high=charge.is_high,
            velocity_60s=place + 1 - bisect_right(self.at, charge.at - _SHORT),
            velocity_5m=place + 1 - long,
            region_changed=place > long and self.regions[place - 1] != charge.region,
            devices_changed=len(set(self.devices[long : place + 1])) >= _MANY_DEVICES,
        )
