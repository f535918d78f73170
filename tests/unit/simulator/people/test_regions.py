import pytest

from fraud.payments.money import MINOR_DIGITS
from simulator.people.regions import REGION_OF_SLOT, REGIONS, SLOTS, hourly_activity, minor_units_per_usd, region_number


def test_the_regions_share_all_slots() -> None:
    assert sum(region.slots for region in REGIONS) == SLOTS
    assert hourly_activity().shape == (24, SLOTS)


def test_currencies_of_every_number_of_minor_digits_are_used() -> None:
    assert {MINOR_DIGITS[region.currency] for region in REGIONS} == {0, 2, 3}


@pytest.mark.parametrize(("code", "units"), [("US", 100), ("JP", 150), ("KW", 307)])
def test_a_dollar_buys_minor_units_by_the_reference_rate(code: str, units: float) -> None:
    assert minor_units_per_usd()[region_number(code)] == pytest.approx(units, rel=0.1)


@pytest.mark.parametrize(("code", "small_hours"), [("US", range(7, 10)), ("JP", range(17, 20)), ("GB", range(2, 5))])
def test_each_place_sleeps_in_its_own_night(code: str, small_hours: range) -> None:
    activity = hourly_activity()[:, region_number(code) == REGION_OF_SLOT]
    assert int(activity[:, 0].argmin()) in small_hours


def test_an_unknown_region_has_no_number() -> None:
    with pytest.raises(ValueError, match="'XX'"):
        region_number("XX")
