from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fraud.scoring.score import ALL_FLAGS, RiskFacts, RiskFlag, ScoreRules, flag_names, fraud_score, raised_flags

RULES = ScoreRules()


def facts(**changes: object) -> RiskFacts:
    calm: dict[str, object] = {
        "amount_is_high": False,
        "velocity_60s": 1,
        "velocity_5m": 1,
        "region_changed": False,
        "devices_changed": False,
    }
    return RiskFacts(**calm | changes)


CASES = [
    pytest.param(facts(), [], 0, id="calm"),
    pytest.param(facts(amount_is_high=True), ["HIGH_AMOUNT"], 30, id="high amount"),
    pytest.param(facts(velocity_60s=3), [], 0, id="three in a minute"),
    pytest.param(facts(velocity_60s=4), ["VELOCITY_60S"], 40, id="four in a minute"),
    pytest.param(facts(velocity_60s=5), ["VELOCITY_60S"], 55, id="five in a minute"),
    pytest.param(facts(velocity_60s=500), ["VELOCITY_60S"], 55, id="hundreds in a minute"),
    pytest.param(facts(velocity_5m=8), [], 0, id="eight in five minutes"),
    pytest.param(facts(velocity_5m=9), ["VELOCITY_5M"], 15, id="nine in five minutes"),
    pytest.param(facts(region_changed=True), ["GEO_CHANGE"], 20, id="another region"),
    pytest.param(facts(devices_changed=True), ["DEVICE_CHANGE"], 15, id="three devices"),
    pytest.param(
        facts(amount_is_high=True, velocity_60s=4),
        ["HIGH_AMOUNT", "VELOCITY_60S"],
        70,
        id="points add up",
    ),
    pytest.param(
        RiskFacts(amount_is_high=True, velocity_60s=5, velocity_5m=9, region_changed=True, devices_changed=True),
        ["HIGH_AMOUNT", "VELOCITY_60S", "VELOCITY_5M", "GEO_CHANGE", "DEVICE_CHANGE"],
        100,
        id="135 points are capped",
    ),
]


@pytest.mark.parametrize(("known", "names", "score"), CASES)
def test_flags_and_score(known: RiskFacts, names: list[str], score: int) -> None:
    flags = raised_flags(known, RULES)
    assert flag_names(flags) == names
    assert fraud_score(flags, RULES) == score


@given(
    st.lists(
        st.builds(RiskFacts, st.booleans(), st.integers(0, 9), st.integers(0, 12), st.booleans(), st.booleans()),
        min_size=1,
    )
)
def test_arrays_get_the_flags_of_their_elements(rows: list[RiskFacts]) -> None:
    columns = RiskFacts(*map(np.array, zip(*map(astuple, rows), strict=True)))
    assert raised_flags(columns, RULES).tolist() == [raised_flags(row, RULES) for row in rows]


@pytest.mark.parametrize("flags", ALL_FLAGS)
def test_every_combination_has_a_score_and_names(flags: int) -> None:
    points = {"HIGH_AMOUNT": 30, "VELOCITY_60S": 0, "VELOCITY_5M": 15, "GEO_CHANGE": 20, "DEVICE_CHANGE": 15}
    velocity = 40 * bool(flags & RiskFlag.VELOCITY_60S_HIGH) + 55 * bool(flags & RiskFlag.VELOCITY_60S_CRITICAL)
    named = sum(points[name] for name in flag_names(flags))
    assert fraud_score(flags, RULES) == min(100, named + velocity)


@pytest.mark.parametrize("flag", RiskFlag)
def test_points_are_configuration(flag: RiskFlag) -> None:
    rules = ScoreRules.model_validate({flag.name.lower(): 7} if flag.name else {})
    assert fraud_score(flag, rules) == 7


def test_limits_are_configuration() -> None:
    rules = ScoreRules(max_normal_velocity_5m=2)
    assert flag_names(raised_flags(facts(velocity_5m=3), rules)) == ["VELOCITY_5M"]


def test_both_severities_are_never_raised_together() -> None:
    flags = {raised_flags(facts(velocity_60s=count), RULES) for count in range(20)}
    assert flags == {0, RiskFlag.VELOCITY_60S_HIGH, RiskFlag.VELOCITY_60S_CRITICAL}


@pytest.mark.parametrize(
    ("name", "value"),
    [("high_amounts", 30), ("high_amount", 101), ("geo_change", -1), ("high_amount_usd", -1), ("velocity_5m", "many")],
)
def test_a_bad_rule_is_named(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        ScoreRules.model_validate({name: value})
