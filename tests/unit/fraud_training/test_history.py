import numpy as np
import pytest

from fraud_stream.classifier.features import NAMES, features_of
from fraud_training.history import History, as_stored, labelled
from fraud_training.sample import Sample
from simulator.moments import DAY

HISTORY = History(3, 20_779 * DAY, ordinary=1_500, rate=4.0)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return labelled(HISTORY)


def values(history: History = HISTORY) -> list[bytes | None]:
    return [value for block in history.run.blocks() for value in block.values]


def test_no_feature_looks_ahead() -> None:
    """What comes later changes no feature of what was there before."""
    events = values()
    whole = features_of(as_stored(events, HISTORY.start))
    for count in (1, 500, 1_200):
        assert features_of(as_stored(events[:count], HISTORY.start)).tobytes() == whole[:count].tobytes()


def test_the_truth_stands_beside_its_payment(sample: Sample) -> None:
    assert len(sample) == len(HISTORY.run)
    assert 0.08 < sample.is_fraud.mean() < 0.12
    assert set(sample.kind[sample.episode < 0]) == {"normal"}
    assert "normal" not in set(sample.kind[sample.episode >= 0])
    for episode in np.unique(sample.episode[sample.episode >= 0]):
        assert len(set(sample.kind[sample.episode == episode])) == 1


def test_a_history_is_the_same_again_although_its_key_is_not(sample: Sample) -> None:
    assert labelled(HISTORY).features.tobytes() == sample.features.tobytes()


def test_what_a_gate_looks_at_is_fast(sample: Sample) -> None:
    assert np.array_equal(sample.is_gated, sample.features[:, NAMES.index("velocity_60s")] > 3)


def test_what_is_no_payment_is_refused() -> None:
    events = values()[:5]
    events[2] = (events[2] or b"").replace(b'"status":"', b'"status":"X')
    with pytest.raises(ValueError, match="1 of 5 events are no accepted payments"):
        as_stored(events, HISTORY.start)
