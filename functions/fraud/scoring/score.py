"""The fraud score: points for each risk flag, added and capped at 100.

Every function takes scalars and numpy arrays alike, so that the stream, a back-test and a single request
share one definition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from fraud.scoring.velocity import CRITICAL_VELOCITY, MAX_NORMAL_VELOCITY

MAX_SCORE = 100


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


@dataclass(frozen=True)
class RiskFacts:
    """What scoring needs to know: one event's values, or arrays with one element an event."""

    amount_is_high: Any
    velocity_60s: Any
    velocity_5m: Any
    region_changed: Any
    devices_changed: Any


class ScoreRules(BaseModel):
    """Points of each flag and the limits that raise them; the defaults are design.md's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    high_amount_usd: NonNegativeInt = 5_000
    max_normal_velocity_5m: NonNegativeInt = 8
    high_risk_above: int = Field(60, ge=0, le=MAX_SCORE)
    high_amount: int = Field(30, ge=0, le=MAX_SCORE)
    velocity_60s_high: int = Field(40, ge=0, le=MAX_SCORE)
    velocity_60s_critical: int = Field(55, ge=0, le=MAX_SCORE)
    velocity_5m: int = Field(15, ge=0, le=MAX_SCORE)
    geo_change: int = Field(20, ge=0, le=MAX_SCORE)
    device_change: int = Field(15, ge=0, le=MAX_SCORE)


def raised_flags(facts: RiskFacts, rules: ScoreRules) -> Any:
    """Return the flags of one event as an int, or of many as an integer array."""
    is_critical = facts.velocity_60s >= CRITICAL_VELOCITY
    is_high = (facts.velocity_60s > MAX_NORMAL_VELOCITY) & (facts.velocity_60s < CRITICAL_VELOCITY)
    return (
        facts.amount_is_high * int(RiskFlag.HIGH_AMOUNT)
        + is_high * int(RiskFlag.VELOCITY_60S_HIGH)
        + is_critical * int(RiskFlag.VELOCITY_60S_CRITICAL)
        + (facts.velocity_5m > rules.max_normal_velocity_5m) * int(RiskFlag.VELOCITY_5M)
        + facts.region_changed * int(RiskFlag.GEO_CHANGE)
        + facts.devices_changed * int(RiskFlag.DEVICE_CHANGE)
    )


def fraud_score(flags: int, rules: ScoreRules) -> int:
    """Return the score of a combination of flags, 0 to 100."""
    return min(MAX_SCORE, sum(_points(flag, rules) for flag in _single(flags)))


def flag_names(flags: int) -> list[str]:
    """Return the names of a combination of flags as they are stored (both severities are `VELOCITY_60S`)."""
    return [flag_name(flag).removesuffix("_HIGH").removesuffix("_CRITICAL") for flag in _single(flags)]


def flag_name(flag: RiskFlag) -> str:
    """Return the name of a single flag."""
    return str(flag.name)


def _points(flag: RiskFlag, rules: ScoreRules) -> int:
    points: int = getattr(rules, flag_name(flag).lower())
    return points


def _single(flags: int) -> Iterator[RiskFlag]:
    return iter(RiskFlag(flags))
