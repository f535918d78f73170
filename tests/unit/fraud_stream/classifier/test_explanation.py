import lightgbm
import numpy as np
import pytest

from fraud_stream.classifier.calibration import Calibration, Steps
from fraud_stream.classifier.explanation import MOST, explained
from fraud_stream.classifier.features import FEATURES, Floats
from fraud_stream.classifier.model import Model


@pytest.fixture
def model(trees: lightgbm.Booster) -> Model:
    return Model("m", trees, Calibration(Steps((), (0.5,)), Steps((), (0.5,))))


def test_the_five_strongest_are_told_the_strongest_first(model: Model, features: Floats) -> None:
    for row, lines in zip(features[:100], explained(model, features[:100]), strict=True):
        parts = model.contributions(row[None])[0]
        ranked = sorted(zip(FEATURES, row, parts, strict=True), key=lambda one: -abs(one[2]))
        assert lines == [
            f"{feature.told(value)} ({'for' if part > 0 else 'against'} fraud, {abs(part):.2f})"
            for feature, value, part in ranked[:MOST]
            if part
        ]


def test_contributions_add_up_to_the_margin_over_that_of_nobody(model: Model, features: Floats) -> None:
    beyond = model.margins(features) - model.contributions(features).sum(axis=1)
    assert beyond == pytest.approx(np.full(len(features), beyond[0]))


def test_a_row_is_told_the_same_whatever_stands_around_it(model: Model, features: Floats) -> None:
    whole = explained(model, features[:300])
    assert explained(model, features[:300]) == whole
    assert [lines for row in features[:300] for lines in explained(model, row[None])] == whole


def test_a_fast_small_payment_is_told_as_such(model: Model, features: Floats) -> None:
    row = features[:1].copy()
    row[0, :1], row[0, 4] = 6, 100
    [lines] = explained(model, row)
    assert any(line.startswith("payments of the account in 60 s: 6 (for fraud, ") for line in lines)
    assert any(line.startswith("amount: 1.00 USD (for fraud, ") for line in lines)


def test_what_weighs_nothing_is_not_told(features: Floats) -> None:
    names = [feature.name for feature in FEATURES]
    data = lightgbm.Dataset(features, features[:, 0], feature_name=names)
    only = lightgbm.train({"verbosity": -1, "interaction_constraints": "[[0]]", "num_leaves": 4}, data, 1)
    model = Model("m", only, Calibration(Steps((), (0.5,)), Steps((), (0.5,))))
    assert {len(lines) for lines in explained(model, features[:50])} == {1}


def test_nothing_is_told_of_no_payments(model: Model, features: Floats) -> None:
    assert explained(model, features[:0]) == []
