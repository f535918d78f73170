"""From a raw margin to a probability: a table of steps, so that equal margins mean equal probabilities everywhere."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Margins from `cuts[n]` on have `probabilities[n + 1]`; those before the first cut have `probabilities[0]`."""

    cuts: Sequence[float]
    probabilities: Sequence[float]

    def __post_init__(self) -> None:
        """Refuse what is no table of rising steps. Raises ValueError that says what is wrong."""
        if len(self.probabilities) != len(self.cuts) + 1:
            raise ValueError("a calibration needs one probability more than cuts")
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError("the cuts of a calibration must rise")
        rises = list(self.probabilities) == sorted(self.probabilities)
        if not rises or self.probabilities[0] < 0 or self.probabilities[-1] > 1:
            raise ValueError("the probabilities of a calibration must rise from 0 to 1")

    def of(self, margins: Floats) -> Floats:
        """Return the probability of each margin."""
        place = np.searchsorted(np.array(self.cuts, np.float64), margins, side="right")
        probabilities: Floats = np.array(self.probabilities, np.float64)[place]
        return probabilities


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table for payments whose velocity a gate looks at, and one for all others, where fraud is far rarer.

    One margin therefore means two probabilities, each true among its own.
    """

    gated: Steps
    calm: Steps

    def of(self, margins: Floats, is_gated: npt.NDArray[np.bool_]) -> Floats:
        """Return the probability of each margin."""
        return np.where(is_gated, self.gated.of(margins), self.calm.of(margins))


def encode_calibration(calibration: Calibration) -> bytes:
    """Return the tables as JSON, whose numbers are read back bit for bit."""
    return msgspec.json.encode(calibration)


def decode_calibration(content: bytes) -> Calibration:
    """Return the tables. Raises msgspec.DecodeError for what is none."""
    return msgspec.json.decode(content, type=Calibration)
