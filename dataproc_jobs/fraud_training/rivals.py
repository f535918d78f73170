"""What a model has to beat: logistic regression on the same features, and the rules alone."""

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fraud_stream.classifier.features import Floats
from fraud_training.fitting import GATED_WEIGHT, Prior, calibrated
from fraud_training.sample import Parts, Sample

_MOST_ROWS = 200_000


def logistic(parts: Parts, prior: Prior) -> Callable[[Sample], Floats]:
    """Return logistic regression on the logarithms of the features, calibrated as the trees are."""
    step = max(1, len(parts.fitting) // _MOST_ROWS)
    kept = parts.fitting[np.flatnonzero(parts.fitting.is_gated | (np.arange(len(parts.fitting)) % step == 0))]
    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    weight = np.where(kept.is_gated, GATED_WEIGHT, float(step))
    line.fit(_lines(kept), kept.is_fraud, logisticregression__sample_weight=weight)
    asked = parts.calibration[parts.calibration.is_gated]
    steps = calibrated(line.decision_function(_lines(asked)), asked.is_fraud, prior)
    return lambda sample: steps.of(line.decision_function(_lines(sample)))


def rules_alone(sample: Sample) -> Floats:
    """Return what velocity alone says: certain fraud of whatever is fast."""
    return sample.is_gated.astype(np.float64)


def _lines(sample: Sample) -> Floats:
    logarithms: Floats = np.nan_to_num(np.log1p(np.maximum(sample.features, 0)), nan=-1.0, posinf=0.0)
    return logarithms
