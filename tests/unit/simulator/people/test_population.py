import numpy as np
import pytest

from simulator.columns import lines
from simulator.errors import OptionError
from simulator.people.population import FIRST_ACCOUNT, LARGEST, Population, account_ids
from simulator.people.regions import REGION_OF_SLOT, SLOTS

POPULATION = Population(seed=7, size=64_000, year=2026)
ACCOUNTS = FIRST_ACCOUNT + np.arange(20_000, dtype=np.int64)
ALWAYS_FIRST = np.ones(len(ACCOUNTS))
ALWAYS_SECOND = np.zeros(len(ACCOUNTS))


@pytest.mark.parametrize("size", [0, SLOTS - 1, LARGEST + 1])
def test_an_impossible_size_is_refused_by_name(size: int) -> None:
    with pytest.raises(OptionError, match="accounts must be between"):
        Population(seed=0, size=size, year=2026)


def test_the_same_seed_gives_the_same_people() -> None:
    again = Population(seed=7, size=1_000_000, year=2026)
    assert np.array_equal(POPULATION.devices(ACCOUNTS, ALWAYS_FIRST), again.devices(ACCOUNTS, ALWAYS_FIRST))
    assert np.array_equal(POPULATION.cards(ACCOUNTS, ALWAYS_FIRST).numbers, again.cards(ACCOUNTS, ALWAYS_FIRST).numbers)


def test_another_seed_gives_other_people() -> None:
    other = Population(seed=8, size=64_000, year=2026)
    assert not np.array_equal(POPULATION.hosts(ACCOUNTS), other.hosts(ACCOUNTS))


def test_few_accounts_are_busy_and_none_is_far_busier_than_the_rest() -> None:
    rng = np.random.default_rng(1)
    accounts = POPULATION.at(rng.integers(0, SLOTS, 640_000), rng.random(640_000))
    payments = np.bincount(accounts - FIRST_ACCOUNT, minlength=POPULATION.size)
    assert len(payments) == POPULATION.size
    busiest_tenth = np.sort(payments)[-POPULATION.size // 10 :].sum()
    assert 0.3 < busiest_tenth / payments.sum() < 0.5
    assert payments.max() < 12 * payments.mean()


def test_the_last_position_is_the_last_account() -> None:
    assert POPULATION.at(np.array([SLOTS - 1]), np.array([np.nextafter(1, 0)])) < FIRST_ACCOUNT + POPULATION.size


def test_an_account_is_at_home_but_for_about_one_day_in_128() -> None:
    where = POPULATION.whereabouts(ACCOUNTS, np.full_like(ACCOUNTS, 20_000))
    away = where != REGION_OF_SLOT[ACCOUNTS % SLOTS]
    assert 0.004 < away.mean() < 0.011


def test_an_account_stays_where_it_is_all_day() -> None:
    days = np.full_like(ACCOUNTS, 20_000)
    assert np.array_equal(POPULATION.whereabouts(ACCOUNTS, days), POPULATION.whereabouts(ACCOUNTS, days))
    assert not np.array_equal(POPULATION.whereabouts(ACCOUNTS, days), POPULATION.whereabouts(ACCOUNTS, days + 1))


def test_half_of_the_accounts_own_a_second_device_and_a_quarter_a_second_card() -> None:
    devices = POPULATION.devices(ACCOUNTS, ALWAYS_FIRST) != POPULATION.devices(ACCOUNTS, ALWAYS_SECOND)
    first, second = (POPULATION.cards(ACCOUNTS, occasions) for occasions in (ALWAYS_FIRST, ALWAYS_SECOND))
    assert devices.mean() == pytest.approx(0.5, abs=0.02)
    assert (first.numbers != second.numbers).mean() == pytest.approx(0.25, abs=0.02)


def test_no_two_accounts_share_a_card_or_a_device() -> None:
    assert len(np.unique(POPULATION.cards(ACCOUNTS, ALWAYS_FIRST).numbers)) == len(ACCOUNTS)
    assert len(np.unique(POPULATION.devices(ACCOUNTS, ALWAYS_FIRST))) == len(ACCOUNTS)


def test_three_accounts_in_eight_gave_an_address_of_an_example_domain() -> None:
    written = [email for email in lines(POPULATION.emails(ACCOUNTS)) if email]
    assert len(written) / len(ACCOUNTS) == pytest.approx(3 / 8, abs=0.02)
    assert {email.partition(b"@")[2] for email in written} == {
        b"example.com",
        b"example.org",
        b"example.net",
        b"mail.example",
    }


def test_means_are_between_half_and_twice_the_list_price() -> None:
    means = POPULATION.means(ACCOUNTS)
    assert means.min() >= 0.5
    assert means.max() <= 2
    assert np.median(means) == pytest.approx(1, abs=0.05)


def test_account_numbers_have_nine_digits() -> None:
    assert lines(account_ids(np.array([FIRST_ACCOUNT, FIRST_ACCOUNT + LARGEST - 1]))) == [
        b"ACC_100000000",
        b"ACC_499999999",
    ]
