from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.accounts.payments import Step, devices, regions, totals, velocity_steps
from fraud.scoring.velocity import VELOCITY_WINDOW
from tests.builders import NOON, make_account_payment


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], []),
        ([0], [(0, 1), (60, 0)]),
        ([0, 10], [(0, 1), (10, 2), (60, 1), (70, 0)]),
        ([10, 0], [(0, 1), (10, 2), (60, 1), (70, 0)]),
        ([0, 0], [(0, 2), (60, 0)]),
        ([0, 60], [(0, 1), (60, 1), (120, 0)]),
    ],
)
def test_a_payment_counts_for_sixty_seconds(seconds: list[int], expected: list[tuple[int, int]]) -> None:
    assert velocity_steps(map(at, seconds)) == [Step(at(moment), count) for moment, count in expected]


@given(st.lists(st.integers(0, 300), max_size=30))
def test_the_steps_tell_what_the_stream_counts(seconds: list[int]) -> None:
    moments = list(map(at, seconds))
    held = {step.at: step.count for step in velocity_steps(moments)}
    for moment in moments:
        assert held[moment] == sum(moment - VELOCITY_WINDOW < other <= moment for other in moments)


def test_sums_are_exact_in_each_currency() -> None:
    amounts = [("USD", "0.10"), ("JPY", "7"), ("USD", "0.20"), ("USD", "999999999999999.99")]
    payments = [make_account_payment(currency=currency, amount=Decimal(amount)) for currency, amount in amounts]
    assert totals(payments) == {"JPY": Decimal(7), "USD": Decimal("1000000000000000.29")}


def test_devices_and_regions_are_listed_latest_first() -> None:
    payments = [
        make_account_payment(event_time=at(second), device_id=device, region=region)
        for second, device, region in [(0, "phone", "US"), (5, "tablet", "US"), (9, "phone", "GB")]
    ]
    assert [(seen.name, seen.payments, seen.first, seen.last) for seen in devices(payments)] == [
        ("phone", 2, at(0), at(9)),
        ("tablet", 1, at(5), at(5)),
    ]
    assert [seen.name for seen in regions(payments)] == ["GB", "US"]
