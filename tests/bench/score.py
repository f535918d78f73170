"""The score that loop and peers give: the six flags of amount, velocity, region and device, written down by hand.

The job's own comes from the default detections; what is compared with it must not be made of the same code.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from functools import reduce
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from fraud.scoring.score import MAX_SCORE
from fraud.scoring.velocity import CRITICAL_VELOCITY, MAX_NORMAL_VELOCITY


class RiskFlag(IntFlag):
    """A reason for suspicion; one event may carry several."""

    HIGH_AMOUNT = 1
    VELOCITY_60S_HIGH = 2
    VELOCITY_60S_CRITICAL = 4
    VELOCITY_5M = 8
    GEO_CHANGE = 16
    DEVICE_CHANGE = 32


ALL_FLAGS = range(2 ** len(RiskFlag))
"""Every combination of flags, as an index into look-up tables."""


Numbers = Any
"""A number, or a numpy array of them, which the domain does not import."""


@dataclass(frozen=True)
class RiskFacts:
    """What scoring needs to know: one event's values, or arrays with one element an event."""

    amount_is_high: Numbers
    velocity_60s: Numbers
    velocity_5m: Numbers
    region_changed: Numbers
    devices_changed: Numbers


class ScoreRules(BaseModel):
    """Points of each flag and the limits that raise them; the defaults are design.md's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    high_amount_usd: NonNegativeInt = 5_000
    max_normal_velocity_5m: NonNegativeInt = 8
    high_amount: int = Field(30, ge=0, le=MAX_SCORE)
    velocity_60s_high: int = Field(40, ge=0, le=MAX_SCORE)
    velocity_60s_critical: int = Field(55, ge=0, le=MAX_SCORE)
    velocity_5m: int = Field(15, ge=0, le=MAX_SCORE)
    geo_change: int = Field(20, ge=0, le=MAX_SCORE)
    device_change: int = Field(15, ge=0, le=MAX_SCORE)


class _Sign(NamedTuple):
    """A flag, the name it is stored under, its points, and the condition that raises it."""

    flag: RiskFlag
    name: str
    points: Callable[[ScoreRules], int]
    is_raised: Callable[[RiskFacts, ScoreRules], Numbers]


_SIGNS = (
    _Sign(RiskFlag.HIGH_AMOUNT, "HIGH_AMOUNT", lambda rules: rules.high_amount, lambda facts, _: facts.amount_is_high),
    _Sign(
        RiskFlag.VELOCITY_60S_HIGH,
        "VELOCITY_60S",
        lambda rules: rules.velocity_60s_high,
        lambda facts, _: (facts.velocity_60s > MAX_NORMAL_VELOCITY) & (facts.velocity_60s < CRITICAL_VELOCITY),
    ),
    _Sign(
        RiskFlag.VELOCITY_60S_CRITICAL,
        "VELOCITY_60S",
        lambda rules: rules.velocity_60s_critical,
        lambda facts, _: facts.velocity_60s >= CRITICAL_VELOCITY,
    ),
    _Sign(
        RiskFlag.VELOCITY_5M,
        "VELOCITY_5M",
        lambda rules: rules.velocity_5m,
        lambda facts, rules: facts.velocity_5m > rules.max_normal_velocity_5m,
    ),
    _Sign(RiskFlag.GEO_CHANGE, "GEO_CHANGE", lambda rules: rules.geo_change, lambda facts, _: facts.region_changed),
    _Sign(
        RiskFlag.DEVICE_CHANGE,
        "DEVICE_CHANGE",
        lambda rules: rules.device_change,
        lambda facts, _: facts.devices_changed,
    ),
)


def raised_flags(facts: RiskFacts, rules: ScoreRules) -> Numbers:
    """Return the flags of one event as an int, or of many as an integer array."""
    return reduce(operator.add, (sign.is_raised(facts, rules) * sign.flag.value for sign in _SIGNS))


def fraud_score(flags: int, rules: ScoreRules) -> int:
    """Return the score of a combination of flags, 0 to 100."""
    return min(MAX_SCORE, sum(sign.points(rules) for sign in _SIGNS if flags & sign.flag))
