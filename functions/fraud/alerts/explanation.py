"""Why an alert has its score: each flag with the points it gave."""

from typing import NamedTuple

from fraud.alerts.alert import Alert
from fraud.scoring.score import MAX_SCORE, ScoreRules, points_of


class Reason(NamedTuple):
    """A flag and its points; None where the score was made under other rules than those at hand."""

    flag: str
    points: int | None


def reasons(alert: Alert, rules: ScoreRules) -> list[Reason]:
    """Return an alert's flags with their points, as long as these add up to its score."""
    points = [points_of(flag, alert.velocity_60s, rules) for flag in alert.risk_flags]
    adds_up = min(MAX_SCORE, sum(points)) == alert.fraud_score
    return [Reason(flag, given if adds_up else None) for flag, given in zip(alert.risk_flags, points, strict=True)]
