import pytest

from fraud.detections.detection import LANGUAGE, default_detections
from fraud.rules.expression import Expression, ExpressionError
from fraud.rules.facts import FIELDS
from fraud.rules.literals import HELD, check_literals
from fraud.rules.rule import compiled, default_rules
from fraud.scoring.facts import Kind


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("severity == 'critical'", "severity never holds: it is one of HIGH, CRITICAL"),
        ("fraud_score > 80 and 'critical' == severity", "severity"),
        ("not (type == 'velocity')", "type"),
        ("severity in ['HIGH', 'LOW']", "severity"),
        ("'high_amount' in risk_flags", "risk_flags never holds: it is capitals, digits and _"),
        ("'BLOCK phone' in list_hits", "list_hits"),
        ("card_action == 'BLOCKED'", "card_action"),
        ("status == 'declined'", "status"),
        ("currency == 'usd'", "currency"),
        ("merchant_category == '601'", "merchant_category"),
        ("ip_address == '203.0.113.7'", "ip_address never holds: it is a network such as 203.0.113.0/24"),
        ("fraud_score > 100", "fraud_score never holds: it is from 0 to 100"),
        ("100 < fraud_score", "fraud_score"),
        ("fraud_score == 101", "fraud_score"),
        ("fraud_score >= 100.5", "fraud_score"),
        ("fraud_probability > 80", "fraud_probability never holds: it is from 0 to 1"),
        ("velocity_60s < 1", "velocity_60s never holds: it is at least 1"),
        ("amount_usd < 0", "amount_usd"),
        ("true", "asks about no field"),
        ("1 == 2", "asks about no field"),
    ],
)
def test_what_can_never_hold_is_refused(text: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=told):
        check_literals(Expression(text))


@pytest.mark.parametrize(
    "text",
    [
        "severity == 'CRITICAL' and type != 'velocity'",
        "severity in ['HIGH', 'CRITICAL']",
        "'HIGH_AMOUNT' in risk_flags or 'BLOCK device' in list_hits",
        "card_action == 'NONE'",
        "ip_address in ['203.0.113.0/24', '2001:db8:1::/48']",
        "fraud_score >= 100 or fraud_score <= 0 or 0 < fraud_score",
        "card_small_1h >= 0",
        "amount > 0.5 and region == 'anything' and not geographic_risk",
        "merchant_declined_10m * 100 >= merchant_test_cards_10m * 30",
    ],
)
def test_what_can_hold_is_taken(text: str) -> None:
    check_literals(Expression(text))


def test_what_is_there_from_the_start_can_hold() -> None:
    for rule in default_rules():
        check_literals(compiled(rule))
    for detection in default_detections():
        check_literals(Expression(detection.expression, LANGUAGE))


def test_every_field_that_is_known_is_one() -> None:
    assert HELD.keys() <= FIELDS.keys()
    assert {name for name, kind in FIELDS.items() if kind is Kind.NUMBER} <= HELD.keys()
