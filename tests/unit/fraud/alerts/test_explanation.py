import pytest

from fraud.alerts.explanation import Reason, reasons
from fraud.scoring.score import ScoreRules
from tests.builders import make_alert

RULES = ScoreRules()


@pytest.mark.parametrize(
    ("velocity", "flags", "score", "points"),
    [
        (4, ["VELOCITY_60S"], 40, [40]),
        (5, ["VELOCITY_60S"], 55, [55]),
        (1, ["HIGH_AMOUNT", "GEO_CHANGE", "DEVICE_CHANGE"], 65, [30, 20, 15]),
        (9, ["HIGH_AMOUNT", "VELOCITY_60S", "VELOCITY_5M", "GEO_CHANGE", "DEVICE_CHANGE"], 100, [30, 55, 15, 20, 15]),
        (4, ["VELOCITY_60S"], 55, [None]),
        (4, ["VELOCITY_60S", "A_FLAG_OF_TOMORROW"], 45, [None, None]),
    ],
)
def test_points_are_told_as_long_as_they_explain_the_score(
    velocity: int, flags: list[str], score: int, points: list[int | None]
) -> None:
    alert = make_alert(velocity_60s=velocity, risk_flags=flags, fraud_score=score)
    assert reasons(alert, RULES) == [Reason(*one) for one in zip(flags, points, strict=True)]


def test_points_are_those_of_the_rules_in_use() -> None:
    alert = make_alert(risk_flags=["HIGH_AMOUNT"], fraud_score=70)
    assert reasons(alert, ScoreRules(high_amount=70)) == [("HIGH_AMOUNT", 70)]
