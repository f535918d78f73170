import numpy as np
import pytest

from simulator.columns import Numbers
from simulator.moments import DAY, HOUR, SECOND
from simulator.traffic.arrivals import Arrivals

START = 20_000 * DAY


def offsets(arrivals: Arrivals) -> Numbers:
    return arrivals.offsets(np.random.default_rng(3), 0, arrivals.count)


@pytest.mark.parametrize("start", [START, START + 59 * 60 * SECOND + 123_456])
@pytest.mark.parametrize("rate", [0.5, 50.0, 50_000.0])
def test_arrivals_fill_the_run_in_order(start: int, rate: float) -> None:
    arrivals = Arrivals(start, 10_000, rate)
    due = offsets(arrivals)
    assert np.all(np.diff(due) >= 0)
    assert due[0] >= 0
    assert due[-1] <= arrivals.seconds * SECOND
    assert due[-1] == pytest.approx(arrivals.seconds * SECOND, rel=0.001)


def test_within_a_minute_the_rate_is_even() -> None:
    per_second = np.bincount(offsets(Arrivals(START, 30_000, 500.0)) // SECOND)
    assert per_second.min() > 490
    assert per_second.max() < 510


def test_over_a_day_people_pay_when_they_are_awake() -> None:
    per_hour = np.bincount(offsets(Arrivals(START, 86_400, 1.0)) // HOUR, minlength=24)
    assert per_hour.sum() == 86_400
    assert per_hour.max() > 1.5 * per_hour.min()
    # Noon to seven in New York, São Paulo and London, where most of the money is, against five in the morning there.
    assert per_hour[17] > 1.4 * per_hour[8]


def test_parts_of_a_run_continue_one_another() -> None:
    arrivals = Arrivals(START, 1_000, 10.0)
    first = arrivals.offsets(np.random.default_rng(1), 0, 500)
    second = arrivals.offsets(np.random.default_rng(2), 500, 500)
    assert first[-1] <= second[0]
