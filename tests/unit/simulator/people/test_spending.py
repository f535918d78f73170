from statistics import median

import numpy as np
import pytest

from simulator.people.spending import CATEGORIES, CHOICES, MCCS, PERSONAS, categories, prices_usd


def test_every_persona_has_a_category_for_every_choice() -> None:
    chosen = categories(np.repeat(np.arange(PERSONAS), CHOICES), np.tile(np.arange(CHOICES), PERSONAS))
    assert set(chosen.tolist()) == set(range(len(CATEGORIES)))


@pytest.mark.parametrize("number", range(len(CATEGORIES)))
def test_prices_are_log_normal_around_the_median(number: int) -> None:
    deviations = np.random.default_rng(number).standard_normal(20_001)
    prices = prices_usd(np.full(len(deviations), number), deviations)
    assert median(prices.tolist()) == pytest.approx(CATEGORIES[number].median_usd, rel=0.05)
    assert np.std(np.log(prices)) == pytest.approx(CATEGORIES[number].spread, rel=0.05)


def test_merchant_categories_have_four_digits() -> None:
    assert all(mcc.isdigit() and len(mcc) == 4 for mcc in MCCS.tolist())
