from decimal import Decimal

import pytest

from fraud.detections.reason import wording
from tests.builders import make_detection, make_payment_facts


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("velocity_60s > 3 and velocity_60s < 5", "velocity_60s is 4 (more than 3, less than 5)"),
        ("5000 < amount_usd", "amount_usd is 6000.5 (more than 5000)"),
        ("geographic_risk", "geographic_risk is true"),
        (
            "not known_device and amount_to_habit >= 10",
            "known_device is false, amount_to_habit is 12.3333 (at least 10)",
        ),
        ("merchant_declined_10m * 100 >= 30", "merchant_declined_10m is unknown"),
        ("region != 'FR' and 'BLOCK card' in list_hits", "region is DE (other than FR), list_hits is BLOCK card"),
        ("not (velocity_60s < 4)", "velocity_60s is 4"),  # its bound would read the wrong way round
        ("true", ""),
    ],
)
def test_a_reason_tells_each_value_beside_its_bound(expression: str, reason: str) -> None:
    facts = make_payment_facts(
        velocity_60s=4,
        amount_usd=Decimal("6000.50"),
        geographic_risk=True,
        known_device=False,
        amount_to_habit=12.33333,
        region="DE",
        list_hits=["BLOCK card"],
    )
    words = wording(make_detection(expression=expression, flag="SOME", points=40))
    assert words.reason(lambda name: getattr(facts, name)) == (f"SOME (40): {reason}" if reason else "SOME (40)")
