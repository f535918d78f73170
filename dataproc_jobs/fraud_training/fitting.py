"""Fitting: trees on features, then probabilities from their margins."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import lightgbm
import numpy as np
from sklearn.isotonic import IsotonicRegression

from fraud_stream.classifier.calibration import Calibration, Steps
from fraud_stream.classifier.features import NAMES, Floats
from fraud_stream.classifier.model import MOST_LEAVES, MOST_TREES
from fraud_training.sample import Bools, Sample

PARAMETERS = {
    "objective": "binary",
    "num_leaves": MOST_LEAVES,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
"""The same sample gives the same trees, on any machine and with any number of threads."""

GATED_WEIGHT = 50.0
"""How much more a payment that a gate will look at counts in fitting: they are few, and what the model is for."""

CALM_KEPT = 4

FRAUD_AMONG_ALL = 1.5e-4
"""Assumed share of fraud among all payments: that of cards in the European Union (EBA and ECB)."""

FRAUD_AMONG_GATED = 0.25
"""Assumed share of fraud among the payments of fast accounts: three shopping trips an attack."""

_FEWEST = 25


def fitted(sample: Sample) -> Any:  # noqa: ANN401  LightGBM is not typed
    """Return trees fitted on a sample; of calm and honest payments one in four stands for all of them."""
    is_calm = ~sample.is_gated & ~sample.is_fraud & (sample.episode < 0)
    sample = sample[~is_calm | (np.arange(len(sample)) % CALM_KEPT == 0)]
    is_calm = ~sample.is_gated & ~sample.is_fraud & (sample.episode < 0)
    weight = np.select([is_calm, sample.is_gated], [float(CALM_KEPT), GATED_WEIGHT], 1.0)
    data = lightgbm.Dataset(sample.features, sample.is_fraud.astype(float), weight=weight, feature_name=list(NAMES))
    return lightgbm.train(PARAMETERS, data, MOST_TREES)


@dataclass(frozen=True)
class Prior:
    """How the odds of fraud in a sample become those of the population that a gate will meet."""

    factor: float

    @classmethod
    def of(cls, sample: Sample, assumed: float = FRAUD_AMONG_GATED) -> "Prior":
        """Return the shift from the share of fraud among a sample's gated payments to the one that is assumed."""
        return cls.between(float(sample.is_fraud[sample.is_gated].mean()), assumed)

    @classmethod
    def between(cls, share: float, assumed: float) -> "Prior":
        """Return the shift from one share of fraud to another."""
        return cls(_odds(assumed) / _odds(share))

    def shifted(self, probabilities: Floats) -> Floats:
        """Return probabilities under the assumed share."""
        odds = self.factor * probabilities / (1 - probabilities)
        return odds / (1 + odds)

    def weights(self, is_fraud: Bools) -> Floats:
        """Return weights under which a sample is one of the assumed share."""
        return np.where(is_fraud, self.factor, 1.0)


def _odds(share: float) -> float:
    return share / (1 - share)


def calibration_of(margins: Floats, sample: Sample, prior: Prior) -> Calibration:
    """Return the tables of a sample's margins: at the gate under a prior, elsewhere under the share among all."""
    gated = sample.is_gated
    elsewhere = Prior.between(float(sample.is_fraud[~gated].mean()), FRAUD_AMONG_ALL)
    return Calibration(
        calibrated(margins[gated], sample.is_fraud[gated], prior),
        calibrated(margins[~gated], sample.is_fraud[~gated], elsewhere),
    )


def calibrated(margins: Floats, is_fraud: Bools, prior: Prior) -> Steps:
    """Return the isotonic steps from margins to probabilities, shifted to a prior.

    Steps of fewer than 25 payments are taken together with the next, and none is more certain than its number allows.
    """
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(margins, is_fraud.astype(float))
    order = np.argsort(margins, kind="stable")
    levels = isotonic.predict(margins[order])
    starts = np.flatnonzero(np.diff(levels, prepend=-1.0) > 0)
    kept = _wide_enough(starts, len(order))
    bounds = np.append(kept, len(order))
    shares = np.array([(is_fraud[order[a:b]].sum() + 0.5) / (b - a + 1) for a, b in pairwise(bounds)])
    shares = np.maximum.accumulate(prior.shifted(shares))
    cuts = margins[order[kept[1:]]]
    distinct = np.flatnonzero(np.diff(cuts, prepend=-np.inf) > 0)
    return Steps(cuts[distinct].tolist(), [float(shares[0]), *shares[1:][distinct].tolist()])


def _wide_enough(starts: "np.ndarray[Any, np.dtype[np.int64]]", count: int) -> list[int]:
    kept = [0]
    for start in starts[1:].tolist():
        if start - kept[-1] >= _FEWEST and count - start >= _FEWEST:
            kept.append(start)
    return kept
