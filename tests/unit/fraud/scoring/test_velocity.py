from datetime import timedelta

import pytest

from fraud.scoring.velocity import LONG_WINDOW, OUT_OF_ORDER, VELOCITY_WINDOW, Severity, velocity_severity


@pytest.mark.parametrize(
    ("count", "severity"),
    [
        (0, None),
        (1, None),
        (3, None),
        (4, Severity.HIGH),
        (5, Severity.CRITICAL),
        (6, Severity.CRITICAL),
        (1000, Severity.CRITICAL),
    ],
)
def test_severity_of_a_count(count: int, severity: Severity | None) -> None:
    assert velocity_severity(count) is severity


def test_windows_are_those_of_the_contract() -> None:
    assert (
        timedelta(seconds=60),
        timedelta(minutes=5),
        timedelta(minutes=2),
    ) == (VELOCITY_WINDOW, LONG_WINDOW, OUT_OF_ORDER)
