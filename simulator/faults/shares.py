"""Shares of messages that go wrong, and which ones: late, malformed, or sent again."""

from dataclasses import dataclass, fields

import numpy as np

from simulator.columns import Numbers
from simulator.errors import OptionError
from simulator.faults.malformation import MOST_OVERSIZED
from simulator.messages.truth import CODE_OF, Codes, Fault, Label, Truth
from simulator.moments import DAY, HOUR

LATENESS = 2 * HOUR

_MALFORMED = np.array([CODE_OF[Truth(Label.NORMAL, fault)] for fault in Fault if fault not in (Fault.NONE, Fault.LATE)])
_NONE, _LATE, _FUTURE, _OVERSIZED, _BAD_JSON = (
    CODE_OF[Truth(Label.NORMAL, fault)]
    for fault in (Fault.NONE, Fault.LATE, Fault.FUTURE_CLOCK, Fault.OVERSIZED_GARBAGE, Fault.BAD_JSON)
)


@dataclass(frozen=True)
class Shares:
    """Shares of all messages, each from 0 to 1 and together at most 1."""

    duplicates: float = 0.0
    late: float = 0.0
    malformed: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no share: raises OptionError that names it."""
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise OptionError(f"{field.name} must be between 0 and 1, not {getattr(self, field.name)}")
        if self.duplicates + self.late + self.malformed > 1:
            raise OptionError("duplicates, late and malformed must together be at most 1")


NO_FAULTS = Shares()


class Faults:
    """Assigns faults to ordinary payments; the malformed kinds take turns, so that a short run has them all."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._turns = 0

    def assign(self, rng: np.random.Generator, rows: int) -> Codes:
        """Return the truth of each of the next payments."""
        chances = rng.random(rows)
        late, wrong = chances < self._shares.late, chances < self._shares.late + self._shares.malformed
        codes = np.where(late, _LATE, _NONE).astype(np.uint8)
        malformed = np.flatnonzero(wrong & ~late)
        codes[malformed] = _kinds(self._turns + np.arange(len(malformed)))
        self._turns += len(malformed)
        return codes


def misdated(codes: Codes, instants: Numbers, end: int) -> Numbers:
    """Return event times with the wrong clocks wrong: two hours slow, or a day ahead of the `end` of the run."""
    return np.select([codes == _LATE, codes == _FUTURE], [instants - LATENESS, end + DAY], instants)


def _kinds(turns: Numbers) -> Codes:
    kinds = _MALFORMED[turns % len(_MALFORMED)]
    surplus = (kinds == _OVERSIZED) & (turns >= MOST_OVERSIZED * len(_MALFORMED))
    return np.where(surplus, _BAD_JSON, kinds).astype(np.uint8)
