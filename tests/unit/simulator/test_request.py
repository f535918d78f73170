from datetime import UTC, datetime, timedelta

import pytest

from simulator.errors import OptionError
from simulator.faults.shares import Shares
from simulator.messages.truth import Label
from simulator.moments import SECOND, micros, moment
from simulator.request import Request

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("request_", "ordinary", "scripted"),
    [
        (Request(), 30_000, 0),
        (Request(rate=10, duration=90), 900, 0),
        (Request(count=12_345), 12_345, 0),
        (Request(Label.CARD_TESTING, rate=10), 600, 6),
        (Request(Label.CARD_TESTING, rate=10, duration=5), 600, 6),
        (Request(Label.CARD_TESTING, rate=10, duration=180), 1_800, 18),
        (Request(Label.CARD_TESTING, background=0), 0, 6),
        (Request(Label.CARD_TESTING, background=2), 120, 6),
        (Request(Label.CARD_TESTING, count=100), 94, 6),
        (Request(Label.CARD_TESTING, rate=1, count=120), 108, 12),
        (Request(Label.LEGITIMATE_BURST, background=0), 0, 4),
        (Request(Label.ACCOUNT_TAKEOVER, rate=10), 1_800, 8),
        (Request(Label.CARD_TESTING, background=0, duration=1e6), 0, 600),
    ],
)
def test_a_request_is_a_run_of_so_many_messages(request_: Request, ordinary: int, scripted: int) -> None:
    run = request_.run(NOW)
    assert (run.ordinary, len(run)) == (ordinary, ordinary + scripted)


def test_a_paced_run_starts_now() -> None:
    assert moment(Request().run(NOW).start) == NOW


def test_a_run_at_once_ends_now() -> None:
    run = Request(pace=False).run(NOW)
    assert moment(run.start) == NOW - timedelta(seconds=60)
    assert run.end == micros(NOW)


@pytest.mark.parametrize("pace", [True, False])
def test_a_start_that_is_given_is_kept(pace: bool) -> None:
    start = NOW - timedelta(days=3, microseconds=7)
    assert Request(start=start, pace=pace).run(NOW).start == micros(start)


@pytest.mark.parametrize(
    ("request_", "accounts"),
    [
        (Request(rate=500), 1_800_000),
        (Request(rate=1), 10_000),
        (Request(rate=1e6), 400_000_000),
        (Request(accounts=640), 640),
    ],
)
def test_the_population_grows_with_the_rate(request_: Request, accounts: int) -> None:
    assert request_.run(NOW).population.size == accounts


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (Request(rate=0), "rate"),
        (Request(background=3), "background"),
        (Request(Label.CARD_TESTING, background=0, count=6), "count"),
        (Request(Label.CARD_TESTING, count=5), "count must be at least 6"),
        (Request(accounts=3), "accounts"),
    ],
)
def test_what_cannot_be_is_refused_by_name(request_: Request, named: str) -> None:
    with pytest.raises(OptionError, match=named):
        request_.run(NOW)


def test_seed_and_shares_are_passed_on() -> None:
    run = Request(seed=9, shares=Shares(0.1, 0.2, 0.3)).run(NOW)
    assert (run.population.seed, run.shares) == (9, Shares(0.1, 0.2, 0.3))
    assert run.end - run.start == 60 * SECOND
