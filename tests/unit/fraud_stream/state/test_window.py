from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.state.window import (
    Charges,
    Features,
    is_complete,
    microseconds,
    running_clock,
    trailing_features,
)
from tests.unit.fraud_stream.charges import in_any_order
from tests.unit.fraud_stream.velocity_oracle import MINUTE, SECOND, Charge, Expected, expected


def columns(charges: Sequence[Charge]) -> Charges:
    return Charges(
        np.array([charge.sender for charge in charges], np.int64),
        np.array([charge.at for charge in charges], np.int64),
        np.array([charge.partition for charge in charges], np.int32),
        np.array([charge.region for charge in charges], np.int32),
        np.array([charge.device for charge in charges], np.int32),
    )


def features(arrivals: Sequence[Charge], history: Sequence[Charge] = ()) -> list[Expected]:
    found = trailing_features(columns(history), columns(arrivals))
    return [row(found, index) for index in range(len(arrivals))]


def row(found: Features, index: int) -> Expected:
    return Expected(
        int(found.velocity_60s[index]),
        int(found.velocity_5m[index]),
        bool(found.region_changed[index]),
        bool(found.devices_changed[index]),
        tuple(found.peer_order[found.peers_from[index] : found.peers_to[index]].tolist()),
    )


@given(in_any_order(), st.data())
def test_features_are_what_the_definition_says(charges: list[Charge], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(charges) - 1))
    assert features(charges[cut:], charges[:cut]) == [expected(charges, at) for at in range(cut, len(charges))]


@pytest.mark.parametrize(
    ("apart", "minute", "five_minutes"),
    [
        pytest.param(0, 2, 2, id="at the same instant"),
        pytest.param(59_999_000, 2, 2, id="59.999 s apart"),
        pytest.param(MINUTE - 1, 2, 2, id="a microsecond less than a minute"),
        pytest.param(MINUTE, 1, 2, id="60.000 s apart"),
        pytest.param(MINUTE + 1, 1, 2, id="a microsecond more than a minute"),
        pytest.param(5 * MINUTE - 1, 1, 2, id="a microsecond less than five minutes"),
        pytest.param(5 * MINUTE, 1, 1, id="five minutes apart"),
    ],
)
def test_the_edges_of_the_windows(apart: int, minute: int, five_minutes: int) -> None:
    first, second = features([Charge(1, 0), Charge(1, apart)])
    assert (first.velocity_60s, first.velocity_5m) == (1, 1)
    assert (second.velocity_60s, second.velocity_5m) == (minute, five_minutes)


def test_of_two_at_one_instant_the_lower_position_is_first() -> None:
    assert [row.peers for row in features([Charge(1, 0), Charge(1, 0), Charge(1, 0)])] == [(0,), (0, 1), (0, 1, 2)]


def test_the_history_comes_before_arrivals_of_the_same_instant() -> None:
    [row] = features([Charge(1, 0)], history=[Charge(1, 0)])
    assert row.peers == (0, 1)


def test_an_arrival_out_of_order_does_not_see_what_came_later_in_time() -> None:
    [row] = features([Charge(1, 10 * SECOND)], history=[Charge(1, 0), Charge(1, 20 * SECOND)])
    assert row.peers == (0, 2)


def test_accounts_do_not_mix() -> None:
    assert [row.velocity_5m for row in features([Charge(1, 0), Charge(2, 0), Charge(1, 1), Charge(2, 1)])] == [
        1,
        1,
        2,
        2,
    ]


@pytest.mark.parametrize(
    ("apart", "regions", "changed"),
    [
        pytest.param(SECOND, [1], [False], id="a first charge"),
        pytest.param(SECOND, [1, 1], [False, False], id="same region"),
        pytest.param(SECOND, [1, 2], [False, True], id="another region"),
        pytest.param(SECOND, [1, 2, 2, 1], [False, True, False, True], id="there and back"),
        pytest.param(5 * MINUTE - 1, [1, 2], [False, True], id="just within five minutes"),
        pytest.param(5 * MINUTE, [1, 2], [False, False], id="five minutes apart"),
    ],
)
def test_a_change_of_region(apart: int, regions: list[int], changed: list[bool]) -> None:
    found = features([Charge(1, index * apart, region=region) for index, region in enumerate(regions)])
    assert [row.region_changed for row in found] == changed


@pytest.mark.parametrize(
    ("apart", "devices", "changed"),
    [
        pytest.param(SECOND, [1, 2], [False, False], id="two devices"),
        pytest.param(SECOND, [1, 2, 3], [False, False, True], id="three devices"),
        pytest.param(SECOND, [1, 2, 1, 2, 1], [False] * 5, id="two in turns"),
        pytest.param(SECOND, [3, 1, 2, 1, 2], [False, False, True, True, True], id="two in turns after a third"),
        pytest.param(2 * MINUTE, [1, 2, 3], [False, False, True], id="three within four minutes"),
        pytest.param(5 * MINUTE // 2, [1, 2, 3], [False, False, False], id="the first five minutes ago"),
        pytest.param(MINUTE, [3, 1, 2, 1, 2, 1], [False, False, True, True, True, False], id="the third falls out"),
    ],
)
def test_three_devices(apart: int, devices: list[int], changed: list[bool]) -> None:
    found = features([Charge(1, index * apart, device=device) for index, device in enumerate(devices)])
    assert [row.devices_changed for row in found] == changed


def devices_changed(*charges: tuple[int, int]) -> list[bool]:
    """Return what is told of charges a second apart, each of an account and from a device."""
    found = features([Charge(sender, at * SECOND, device=device) for at, (sender, device) in enumerate(charges)])
    return [row.devices_changed for row in found]


def test_an_account_s_devices_are_its_own() -> None:
    assert devices_changed((1, 5), (2, 6), (2, 7)) == [False] * 3
    assert devices_changed((1, 5), (1, 6), (2, 7), (2, 7)) == [False] * 4
    # a run of one device ends with its account, though the next account goes on with the same device
    assert devices_changed((1, 7), (2, 7), (2, 8), (2, 9)) == [False, False, False, True]


def test_an_account_s_regions_are_its_own() -> None:
    found = features([Charge(1, 0, region=1), Charge(2, 1, region=2), Charge(2, 2, region=2)])
    assert [row.region_changed for row in found] == [False] * 3


def test_a_clock_runs_with_each_partition() -> None:
    partition, clock = np.array([0, 1, 0, 1, 0], np.int32), np.array([5, 9, 3, 8, 7])
    assert running_clock({}, partition, clock).tolist() == [5, 9, 5, 9, 7]
    assert running_clock({0: 6, 2: 100}, partition, clock).tolist() == [6, 9, 6, 9, 7]


@pytest.mark.parametrize(
    ("behind", "complete"), [(0, True), (-SECOND, True), (2 * MINUTE, True), (2 * MINUTE + 1, False)]
)
def test_an_event_is_complete_up_to_two_minutes_behind(behind: int, *, complete: bool) -> None:
    assert is_complete(np.array([-behind]), np.array([0])).tolist() == [complete]


def test_microseconds_are_whole() -> None:
    assert microseconds(timedelta(hours=1, microseconds=1)) == 3_600_000_001
