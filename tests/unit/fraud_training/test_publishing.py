"""What is refused, and what the seeds ask of a gate."""

import msgspec
import pytest

from fraud_training.evaluation import Figures, share
from fraud_training.examples import faults_in_examples
from train_classifier import faults_in_figures

GOOD = Figures(
    auc=0.99,
    average_precision=0.98,
    card_precision=share(100, 100),
    brier=0.01,
    ece=0.01,
    fraud_alerted=share(160, 168),
    honest_alerted=share(2, 346),
    alerts_honest=share(6, 700),
)
SIMPLER = msgspec.structs.replace(GOOD, brier=0.08)


def test_a_good_model_has_no_faults() -> None:
    assert faults_in_figures(GOOD, SIMPLER) == []


@pytest.mark.parametrize(
    ("worse", "told"),
    [
        ({"fraud_alerted": share(130, 168)}, "of attacks would alert"),
        ({"honest_alerted": share(60, 346)}, "of honest bursts would alert"),
        ({"ece": 0.2}, "off by 0.200"),
        ({"brier": 0.08}, "logistic regression is as good"),
    ],
)
def test_a_worse_one_is_told_why_it_is_not_published(worse: dict[str, object], told: str) -> None:
    [fault] = faults_in_figures(msgspec.structs.replace(GOOD, **worse), SIMPLER)
    assert told in fault


def test_the_first_example_must_pass_the_gate_and_the_second_must_not() -> None:
    assert faults_in_examples({"1": [0.81, 0.99], "2": [0.01, 0.8]}) == []
    assert len(faults_in_examples({"1": [0.8, 0.99], "2": [0.81]})) == 2
