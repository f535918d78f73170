from datetime import timedelta

import pytest

from fraud.health.traffic import SLOTS_BEFORE, Slot, read_slot, slot_keys, traffic_notes, traffic_values
from tests.builders import NOON

QUIET: Slot = {}
USUAL: Slot = {"accepted": 290, "duplicate": 10, "high": 3, "critical": 3}
LATELY = NOON + timedelta(seconds=100)
"""A hundred seconds into a slot: lately is 400 seconds."""


def test_slots_are_five_minutes_of_the_last_hour_and_a_little() -> None:
    keys = slot_keys(LATELY)
    newest = int(NOON.timestamp()) // 300
    assert (keys[0], len(keys)) == (f"fraud:stream:recent:{newest}", 2 + SLOTS_BEFORE)
    assert slot_keys(NOON - timedelta(seconds=1))[0] == keys[1]


@pytest.mark.parametrize(
    ("lately", "before", "values"),
    [
        pytest.param([QUIET, QUIET], [QUIET] * 12, {}, id="nothing has ever come"),
        pytest.param(
            [{"accepted": 100, "high": 2}, USUAL],
            [USUAL] * 12,
            {"late_ratio": 0, "rejected_ratio": 0, "traffic_drop": 0, "alerts_drop": 0},
            id="as ever",
        ),
        pytest.param(
            [QUIET, QUIET], [USUAL] * 12, {"traffic_drop": 1, "alerts_drop": 1}, id="traffic has fallen to nothing"
        ),
        pytest.param(
            [{"accepted": 200}, {"accepted": 200}],
            [USUAL] * 12,
            {"late_ratio": 0, "rejected_ratio": 0, "traffic_drop": 0, "alerts_drop": 1},
            id="alerts have fallen to nothing",
        ),
        pytest.param(
            [QUIET, QUIET], [{"accepted": 40, "high": 2}] * 12, {}, id="an hour too quiet to miss anything of"
        ),
        pytest.param(
            [{"late": 300}, {"accepted": 100}],
            [USUAL] * 12,
            {"late_ratio": 0.75, "rejected_ratio": 0, "traffic_drop": 0, "alerts_drop": 1},
            id="late ones are traffic",
        ),
        pytest.param(
            [QUIET, {"rejected": 1}], [QUIET] * 12, {"late_ratio": 0, "rejected_ratio": 1}, id="all is rejected"
        ),
    ],
)
def test_lately_stands_beside_the_hour_before(lately: list[Slot], before: list[Slot], values: dict[str, float]) -> None:
    assert traffic_values([*lately, *before], LATELY) == pytest.approx(values)


@pytest.mark.parametrize(
    ("lately", "notes"),
    [
        ({}, {}),
        (
            {"reason:LATE APPEND_TIME": 9, "offset:-300": 8, "offset:-61": 1},
            {"late_ratio": "mostly APPEND_TIME; most clocks are 300 min behind"},
        ),
        (
            {"reason:REJECTED FUTURE_CLOCK event_time": 5, "reason:REJECTED NOT_JSON": 4, "offset:60": 5},
            {"rejected_ratio": "mostly FUTURE_CLOCK event_time; most clocks are 60 min ahead"},
        ),
        ({"reason:REJECTED INVALID_FIELD amount": 2}, {"rejected_ratio": "mostly INVALID_FIELD amount"}),
        (
            {"reason:REJECTED NOT_JSON": 2, "reason:LATE APPEND_TIME": 1, "offset:-90": 1},
            {"late_ratio": "mostly APPEND_TIME; most clocks are 90 min behind", "rejected_ratio": "mostly NOT_JSON"},
        ),
    ],
)
def test_a_person_is_told_what_most_are_passed_over_for(lately: Slot, notes: dict[str, str]) -> None:
    assert traffic_notes([lately]) == notes


def test_what_is_no_count_is_left_out() -> None:
    assert read_slot({"accepted": "7", "late": "-1", "rejected": "many", "foreign": "\u0663"}) == {"accepted": 7}
