"""Labelled payments with their features."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from fraud_stream.classifier.features import Floats
from fraud_stream.classifier.model import is_gated

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
Texts = npt.NDArray[np.str_]

GAP = timedelta(hours=1)
"""Between the parts of a sample: the longest window that a feature looks back through."""


@dataclass(frozen=True)
class Sample:
    """Payments by column, in event time (`at`, microseconds since 1970 UTC).

    `kind` is what is known of the behaviour beside whether it is fraud, `episode` which payments belong together (-1
    where none do); `account` and `card` are hashes, by which parts of a sample are kept apart: no feature sees them.
    """

    features: Floats
    is_fraud: Bools
    kind: Texts
    episode: Int64s
    account: UInt64s
    card: UInt64s
    at: Int64s

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, rows: Bools | Int64s) -> "Sample":
        return Sample(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def is_gated(self) -> Bools:
        """Whether a gate looks at the payment: its velocity would be an alert."""
        return is_gated(self.features)


def together(samples: Sequence[Sample]) -> Sample:
    """Return samples as one, in event time."""
    columns = [np.concatenate([getattr(sample, field.name) for sample in samples]) for field in fields(Sample)]
    joined = Sample(*columns)
    return joined[np.argsort(joined.at, kind="stable")]


@dataclass(frozen=True)
class Parts:
    """What a model is fitted on, what its probabilities are calibrated on, and what it is judged by."""

    fitting: Sample
    calibration: Sample
    judging: Sample


def split(sample: Sample, shares: tuple[float, float] = (0.6, 0.8)) -> Parts:
    """Return a sample in three parts by time, a gap between each two; no account or card is in two of them.

    Payments in a gap, and those of accounts or cards that an earlier part knows, are left out: a model that has learnt
    whom a campaign struck would look better than it is.
    """
    ends = np.quantile(sample.at, shares).astype(np.int64)
    gap = GAP // timedelta(microseconds=1)
    fitting = sample[sample.at < ends[0]]
    calibration = _unknown(sample[(sample.at >= ends[0] + gap) & (sample.at < ends[1])], [fitting])
    judging = _unknown(sample[sample.at >= ends[1] + gap], [fitting, calibration])
    return Parts(fitting, calibration, judging)


def _unknown(part: Sample, earlier: Sequence[Sample]) -> Sample:
    is_known = np.zeros(len(part), np.bool_)
    for name in ("account", "card"):
        known = np.concatenate([getattr(sample, name) for sample in earlier])
        is_known |= np.isin(getattr(part, name), known)
    return part[~is_known]
