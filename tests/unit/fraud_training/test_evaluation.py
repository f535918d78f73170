from dataclasses import replace

import numpy as np
import pytest

from fraud_stream.classifier.features import NAMES
from fraud_training.evaluation import by_kind, expected_calibration_error, figures, paired_difference, share
from fraud_training.fitting import Prior, calibrated
from fraud_training.sample import Sample
from tests.unit.fraud_training.test_sample import a_sample


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0, 1)],
)
def test_an_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole)
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-3)


def fast(kinds: list[str], episodes: list[int]) -> Sample:
    sample = a_sample([float(number) for number in range(len(kinds))], list(range(len(kinds))))
    features = sample.features.copy()
    features[:, NAMES.index("velocity_60s")] = 4
    is_fraud = np.array([kind == "card-testing" for kind in kinds])
    return replace(
        sample, features=features, is_fraud=is_fraud, kind=np.array(kinds), episode=np.array(episodes, np.int64)
    )


def test_one_alert_is_enough_for_an_episode_and_one_too_many_for_an_honest_one() -> None:
    sample = fast(["card-testing"] * 4 + ["mall"] * 4, [1, 1, 2, 2, 3, 3, 4, 4])
    probabilities = np.array([0.9, 0.1, 0.1, 0.1, 0.1, 0.85, 0.8, 0.1])
    found = figures(sample, probabilities, np.ones(8))
    assert (found.fraud_alerted.part, found.fraud_alerted.whole) == (1, 2)
    assert (found.honest_alerted.part, found.honest_alerted.whole) == (1, 2)
    assert (found.alerts_honest.part, found.alerts_honest.whole) == (1, 2)
    assert {kind: one.part for kind, one in by_kind(sample, probabilities).items()} == {"card-testing": 1, "mall": 1}


def test_calibration_error_is_the_mean_distance() -> None:
    probabilities, truth = np.array([0.1, 0.1, 0.9, 0.9]), np.array([False, False, True, False])
    assert expected_calibration_error(probabilities, truth, np.ones(4)) == pytest.approx((0.1 + 0.4) / 2)


def test_of_two_equal_models_neither_is_worse() -> None:
    probabilities, truth = np.array([0.2, 0.7, 0.9]), np.array([False, True, True])
    assert paired_difference(probabilities, probabilities, truth, np.ones(3)) == (0.0, 0.0)
    assert paired_difference(1 - probabilities, probabilities, truth, np.ones(3))[0] > 0


def test_isotonic_steps_tell_the_share_of_fraud() -> None:
    rng = np.random.default_rng(1)
    margins = rng.normal(size=20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-margins))
    steps = calibrated(margins, truth, Prior(1.0))
    assert len(steps.cuts) > 5
    assert expected_calibration_error(steps.of(margins), truth, np.ones(20_000)) < 0.01


def test_a_prior_shifts_odds() -> None:
    sample = fast(["card-testing"] * 5 + ["mall"] * 5, list(range(10)))
    prior = Prior.of(sample, assumed=0.25)
    assert prior.factor == pytest.approx(1 / 3)
    assert prior.shifted(np.array([0.5]))[0] == pytest.approx(0.25)
    assert prior.weights(sample.is_fraud).tolist() == pytest.approx([1 / 3] * 5 + [1.0] * 5)
