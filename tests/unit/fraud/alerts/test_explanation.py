import pytest

from fraud.alerts.explanation import Reason, reasons
from tests.builders import make_alert


@pytest.mark.parametrize(
    "reason",
    [
        Reason("VELOCITY_60S", 40, "velocity_60s is 4 (more than 3, less than 5)"),
        Reason("GEO_CHANGE", 100, "region is a: b (1): c"),
        Reason("MODEL", 0),
    ],
)
def test_a_reason_is_read_as_it_was_written(reason: Reason) -> None:
    assert reasons(make_alert(reason_codes=[str(reason)])) == [reason]


def test_an_alert_of_version_1_tells_its_flags_alone() -> None:
    alert = make_alert(schema_version=1, risk_flags=["VELOCITY_60S", "GEO_CHANGE"], reason_codes=[])
    assert reasons(alert) == [("VELOCITY_60S", None, ""), ("GEO_CHANGE", None, "")]
