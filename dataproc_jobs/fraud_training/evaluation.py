"""How good a model is: by payment, by episode, and at the gate; every share with its 95 % interval."""

from collections.abc import Mapping
from math import sqrt

import msgspec
import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from fraud.models.suppressed import THRESHOLD
from fraud_stream.classifier.features import Floats
from fraud_training.sample import Bools, Int64s, Sample

_Z = 1.96
_BINS = 10
CARDS = 100


class Share(msgspec.Struct, frozen=True):
    """A share of so many, with its Wilson interval."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%}; {self.part:,} of {self.whole:,})"


def share(part: int, whole: int) -> Share:
    """Return a share with its 95 % interval (Wilson's, which holds for few and for none)."""
    if not whole:
        return Share(0, 0, 0.0, 1.0)
    rate, spread = part / whole, _Z**2 / whole
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z * sqrt(rate * (1 - rate) / whole + spread / whole / 4) / (1 + spread)
    return Share(part, whole, max(0.0, middle - half), min(1.0, middle + half))


class Figures(msgspec.Struct, frozen=True):
    """What a model does on a sample.

    `auc`, `average_precision` and `card_precision` are over all payments: the last is the share of fraud among the
    hundred cards of the highest scores. `brier` and `ece` (the mean distance of probability and share, over ten bins)
    are over the gated ones. Of the gate: episodes of fraud that still alert, episodes of honest habits that do, and the
    share of alerts that are honest.
    """

    auc: float
    average_precision: float
    card_precision: Share
    brier: float
    ece: float
    fraud_alerted: Share
    honest_alerted: Share
    alerts_honest: Share


def figures(sample: Sample, probabilities: Floats, weights: Floats) -> Figures:
    """Return the figures of probabilities; `weights` make the sample one of the assumed share of fraud."""
    gated = sample.is_gated
    alerts = gated & (probabilities > THRESHOLD)
    return Figures(
        auc=float(roc_auc_score(sample.is_fraud, probabilities)),
        average_precision=float(average_precision_score(sample.is_fraud, probabilities)),
        card_precision=_card_precision(sample, probabilities),
        brier=float(brier_score_loss(sample.is_fraud[gated], probabilities[gated], sample_weight=weights[gated])),
        ece=expected_calibration_error(probabilities[gated], sample.is_fraud[gated], weights[gated]),
        fraud_alerted=_episodes(sample, alerts, sample.is_fraud),
        honest_alerted=_episodes(sample, alerts, ~sample.is_fraud),
        alerts_honest=share(int((alerts & ~sample.is_fraud).sum()), int(alerts.sum())),
    )


def by_kind(sample: Sample, probabilities: Floats) -> Mapping[str, Share]:
    """Return for each kind of behaviour how many of its gated episodes alert."""
    alerts = sample.is_gated & (probabilities > THRESHOLD)
    kinds = np.unique(sample.kind[sample.is_gated & (sample.episode >= 0)])
    return {str(kind): _episodes(sample, alerts, sample.kind == kind) for kind in kinds}


def _episodes(sample: Sample, alerts: Bools, among: Bools) -> Share:
    """Return how many episodes alert, of those that velocity alone would have alerted."""
    told = among & (sample.episode >= 0)
    asked = np.unique(sample.episode[told & sample.is_gated])
    return share(len(np.unique(sample.episode[told & alerts])), len(asked))


def _card_precision(sample: Sample, probabilities: Floats) -> Share:
    best: Int64s = np.argsort(-probabilities, kind="stable")
    _, first = np.unique(sample.card[best], return_index=True)
    cards = best[np.sort(first)[:CARDS]]
    return share(int(sample.is_fraud[cards].sum()), len(cards))


def expected_calibration_error(probabilities: Floats, is_fraud: Bools, weights: Floats) -> float:
    """Return the mean distance between probability and share of fraud, over bins of equal width, by weight."""
    bins = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    total = np.bincount(bins, weights, _BINS)
    distance = np.bincount(bins, weights * (probabilities - is_fraud), _BINS)
    return float(np.abs(distance).sum() / total.sum())


def reliability(probabilities: Floats, is_fraud: Bools, weights: Floats) -> list[tuple[float, float, int]]:
    """Return mean probability, share of fraud and number of payments for each bin that holds any."""
    bins = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    found: list[tuple[float, float, int]] = []
    for number in np.unique(bins):
        here = bins == number
        mean = [float(np.average(column[here], weights=weights[here])) for column in (probabilities, is_fraud)]
        found.append((mean[0], mean[1], int(here.sum())))
    return found


def paired_difference(one: Floats, other: Floats, is_fraud: Bools, weights: Floats) -> tuple[float, float]:
    """Return the mean by which the Brier score of `one` is above that of `other`, and half its 95 % interval."""
    losses = weights / weights.mean() * ((one - is_fraud) ** 2 - (other - is_fraud) ** 2)
    return float(losses.mean()), float(_Z * losses.std(ddof=1) / sqrt(len(losses)))
