from datetime import timedelta
from decimal import Decimal

from fraud.alerts.alert import Alert, decode_alert, encode_alert
from fraud_stream.stages.alerts import raise_alerts
from tests.builders import NOON, accepted_row, settled


def alerts(*rows: dict[str, object]) -> list[Alert]:
    return raise_alerts(settled(*rows).scored)


def test_a_calm_transaction_raises_none() -> None:
    assert alerts(accepted_row(velocity_60s=3), accepted_row(amount=Decimal(6000))) == []
    assert alerts() == []


def test_velocity_raises_an_alert_with_all_it_needs() -> None:
    ids = ["T1", "T2", "T3", "T4"]
    [alert] = alerts(accepted_row(transaction_id="T4", velocity_60s=4, velocity_5m=4, peers='["T1","T2","T3","T4"]'))
    assert (alert.type, alert.severity, alert.velocity_60s) == ("VELOCITY", "HIGH", 4)
    assert alert.velocity_fraud_peers == ids
    assert (alert.event_time, alert.amount, alert.fraud_score) == (NOON, Decimal("12.5"), 40)
    assert decode_alert(encode_alert(alert)) == alert


def test_the_amount_is_written_in_the_currency_s_minor_digits() -> None:
    [dollars] = alerts(accepted_row(amount=Decimal("1.000"), velocity_60s=4))
    [yen] = alerts(accepted_row(amount=Decimal("7.000"), currency="JPY", velocity_60s=4))
    assert (str(dollars.amount), str(yen.amount)) == ("1.00", "7")


def test_of_two_alerts_at_one_instant_the_lower_position_comes_first() -> None:
    rows = [accepted_row(transaction_id=f"T{offset}", kafka_offset=offset, velocity_60s=5) for offset in (3, 1, 2)]
    assert [alert.transaction_id for alert in alerts(*rows)] == ["T1", "T2", "T3"]


def test_high_risk_without_velocity_is_an_alert_of_its_own_type() -> None:
    [alert] = alerts(accepted_row(amount=Decimal(6000), velocity_5m=9, region_changed=True))
    assert (alert.type, alert.severity, alert.fraud_score) == ("HIGH_RISK", "HIGH", 65)
    assert alert.velocity_fraud_peers == []


def test_alerts_come_in_event_time() -> None:
    rows = [
        accepted_row(transaction_id=f"T{second}", velocity_60s=5, event_time=NOON + timedelta(seconds=second))
        for second in (30, 10, 20)
    ]
    assert [(alert.transaction_id, alert.severity) for alert in alerts(*rows)] == [
        ("T10", "CRITICAL"),
        ("T20", "CRITICAL"),
        ("T30", "CRITICAL"),
    ]
