"""The score columns of `fraud_stream.stages.enrichment`."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.detections.detection import Detection, default_detections
from fraud.payments.rates import default_rates
from fraud.rules.rule import Mode
from fraud_stream.sinks.tables import name_as_stored
from fraud_stream.stages.alerts import raise_alerts
from fraud_stream.stages.enrichment import Scorer
from tests.builders import accepted_row, make_detection, scored_table, stream_table

RATES = {
    "USD": Decimal(1),
    "EUR": Decimal("1.25"),
    "GBP": Decimal("1.000001"),
    "JPY": Decimal("0.0066"),
    "KWD": Decimal("3.25"),
}


def scored(rows: list[dict[str, object]], *detections: Detection) -> list[dict[str, object]]:
    scorer = Scorer(detections or tuple(default_detections()), RATES)
    found: list[dict[str, object]] = scorer.score(stream_table(*rows)).rows.to_pylist()
    return found


@pytest.mark.parametrize(
    ("amount", "currency", "usd", "high"),
    [
        ("4999.99", "USD", "4999.99", False),
        ("5000.00", "USD", "5000.00", False),
        ("5000.01", "USD", "5000.01", True),
        ("4000.00", "EUR", "5000.00", False),
        ("4000.01", "EUR", "5000.01", True),
        ("5000.00", "GBP", "5000.00", False),  # 5000.005: judged as it is stored, so that a back-test agrees
        ("757575", "JPY", "5000.00", False),  # 4999.995
        ("757576", "JPY", "5000.00", False),  # 5000.0016
        ("1.001", "KWD", "3.25", False),
        ("0.01", "JPY", "0.00", False),
        ("999999999999999.999", "KWD", "3249999999999999.997", True),
    ],
)
def test_an_amount_is_compared_in_dollars_to_the_cent(amount: str, currency: str, usd: str, *, high: bool) -> None:
    [row] = scored([accepted_row(amount=Decimal(amount), currency=currency)])
    assert row["amount_usd"] == Decimal(usd).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    assert row["risk_flags"] == (["HIGH_AMOUNT"] if high else [])


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 10**18 - 1), st.sampled_from(sorted(RATES))), min_size=1, max_size=5))
def test_conversion_is_decimal_arithmetic(amounts: list[tuple[int, str]]) -> None:
    rows = [accepted_row(amount=Decimal(units).scaleb(-3), currency=code) for units, code in amounts]
    exact = [Decimal(units).scaleb(-3) * RATES[code] for units, code in amounts]
    assert [row["amount_usd"] for row in scored(rows)] == [
        value.quantize(Decimal("0.01"), ROUND_HALF_EVEN) for value in exact
    ]


@pytest.mark.parametrize(
    ("features", "severity", "flags", "score", "high_risk"),
    [
        pytest.param({}, None, [], 0, False, id="calm"),
        pytest.param({"velocity_60s": 3}, None, [], 0, False, id="three in a minute"),
        pytest.param({"velocity_60s": 4}, "HIGH", ["VELOCITY_60S"], 40, False, id="four in a minute"),
        pytest.param({"velocity_60s": 5}, "CRITICAL", ["VELOCITY_60S"], 55, False, id="five in a minute"),
        pytest.param(
            {"velocity_60s": 600, "velocity_5m": 900},
            "CRITICAL",
            ["VELOCITY_60S", "VELOCITY_5M"],
            70,
            True,
            id="hundreds",
        ),
        pytest.param({"region_changed": True}, None, ["GEO_CHANGE"], 20, False, id="another region"),
        pytest.param({"devices_changed": True}, None, ["DEVICE_CHANGE"], 15, False, id="three devices"),
        pytest.param(
            {"velocity_60s": 4, "region_changed": True},
            "HIGH",
            ["VELOCITY_60S", "GEO_CHANGE"],
            60,
            False,
            id="60 is not above 60",
        ),
        pytest.param(
            {"amount": Decimal(6000), "velocity_5m": 9, "region_changed": True},
            None,
            ["HIGH_AMOUNT", "GEO_CHANGE", "VELOCITY_5M"],
            65,
            True,
            id="high risk without velocity",
        ),
    ],
)
def test_severity_flags_and_score(
    features: dict[str, object], severity: str | None, flags: list[str], score: int, *, high_risk: bool
) -> None:
    [row] = scored([accepted_row(**features)])
    assert (row["severity"], row["risk_flags"], row["fraud_score"]) == (severity, flags, score)
    assert row["is_velocity_fraud"] is (severity is not None)
    assert row["is_high_risk"] is high_risk


@pytest.mark.parametrize(
    ("features", "alerts", "kind"),
    [
        pytest.param({}, False, None, id="calm"),
        pytest.param({"velocity_60s": 4}, True, "VELOCITY", id="velocity"),
        pytest.param({"amount": Decimal(6000), "velocity_5m": 9}, False, None, id="45 points"),
        pytest.param(
            {"amount": Decimal(6000), "velocity_5m": 9, "region_changed": True}, True, "HIGH_RISK", id="65 points"
        ),
        pytest.param({"device_id": "bad"}, True, "DETECTION", id="a detection that alerts by itself"),
        pytest.param({"device_id": "watched"}, False, None, id="in shadow"),
    ],
)
def test_what_raises_an_alert(features: dict[str, object], alerts: bool, kind: str | None) -> None:
    detections = [
        *default_detections(),
        make_detection(expression="device_id == 'bad'", alerts_alone=True),
        make_detection(detection_id="w", expression="device_id == 'watched'", alerts_alone=True, mode=Mode.SHADOW),
    ]
    [row] = scored([accepted_row(**features)], *detections)
    assert row["is_alert"] is alerts
    raised = raise_alerts(name_as_stored(scored_table(accepted_row(**features), detections=detections)))
    assert [alert.type for alert in raised] == ([kind] if kind else [])


def test_hits_are_counted_by_detection_those_in_shadow_too() -> None:
    rows = stream_table(*[accepted_row(velocity_60s=velocity) for velocity in (4, 4, 5)])
    detections = [*default_detections(), make_detection(expression="velocity_60s >= 4", mode=Mode.SHADOW)]
    hits = {name: number for name, number in Scorer(tuple(detections), RATES).score(rows).hits.items() if number}
    assert hits == {"velocity-60s-high": 2, "velocity-60s-critical": 1, "some-detection": 3}


def test_a_reason_tells_the_value_beside_the_bound() -> None:
    [row] = scored([accepted_row(amount=Decimal("6000.5"), velocity_60s=4)])
    assert row["reason_codes"] == [
        "VELOCITY_60S (40): velocity_60s is 4 (more than 3, less than 5)",
        "HIGH_AMOUNT (30): amount_usd is 6000.5 (more than 5000)",
    ]


def test_no_rows_have_no_score() -> None:
    assert scored([]) == []


def test_every_currency_has_a_rate_that_fits() -> None:
    rows = [accepted_row(amount=Decimal(1), currency=code) for code in sorted(default_rates())]
    assert scored_table(*rows).num_rows == len(rows)
