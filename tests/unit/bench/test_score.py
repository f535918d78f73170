"""What loop and peers score by hand is what the default detections say."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fraud.detections.detection import default_detections
from fraud.detections.judgement import judge
from tests.bench.score import RiskFacts, ScoreRules, fraud_score, raised_flags
from tests.builders import make_payment_facts

RULES, DETECTIONS = ScoreRules(), default_detections()


@given(st.booleans(), st.integers(0, 9), st.integers(0, 12), st.booleans(), st.booleans())
def test_both_give_one_score(high: bool, velocity_60s: int, velocity_5m: int, region: bool, devices: bool) -> None:
    by_hand = fraud_score(raised_flags(RiskFacts(high, velocity_60s, velocity_5m, region, devices), RULES), RULES)
    facts = make_payment_facts(
        amount_usd=Decimal(5_001 if high else 5_000),
        velocity_60s=velocity_60s,
        velocity_5m=velocity_5m,
        geographic_risk=region,
        device_risk=devices,
    )
    assert judge(DETECTIONS, facts).score == by_hand
