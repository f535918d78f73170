import pytest

from fraud.health.gauges import GAUGES, Gauge, Level, figures, metrics, worst, written

BY_NAME = {gauge.name: gauge for gauge in GAUGES}


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("stream_lag_seconds", 30, Level.GOOD),
        ("stream_lag_seconds", 30.1, Level.WARNING),
        ("stream_lag_seconds", 300, Level.WARNING),
        ("stream_lag_seconds", 301, Level.CRITICAL),
        ("progress_age_seconds", 60, Level.GOOD),
        ("progress_age_seconds", 61, Level.WARNING),
        ("progress_age_seconds", 300, Level.WARNING),
        ("progress_age_seconds", 301, Level.CRITICAL),
        ("redis_memory_bytes", 500_000_000, Level.GOOD),
        ("redis_memory_bytes", 500_000_001, Level.WARNING),
        ("redis_memory_bytes", 1_000_000_000, Level.WARNING),
        ("redis_memory_bytes", 1_000_000_001, Level.CRITICAL),
        ("state_bytes", 300_000_000, Level.GOOD),
        ("state_bytes", 300_000_001, Level.WARNING),
        ("state_bytes", 500_000_000, Level.WARNING),
        ("state_bytes", 500_000_001, Level.CRITICAL),
        ("false_positive_ratio", None, Level.PLAIN),
        ("alerts_per_minute", 10, Level.GOOD),
        ("alerts_per_minute", 11, Level.WARNING),
        ("alerts_per_minute", 100, Level.WARNING),
        ("alerts_per_minute", 101, Level.CRITICAL),
        ("false_positive_ratio", 0.05, Level.GOOD),
        ("false_positive_ratio", 0.06, Level.WARNING),
        ("false_positive_ratio", 0.10, Level.WARNING),
        ("false_positive_ratio", 0.11, Level.CRITICAL),
        ("duplicate_ratio", 0.05, Level.GOOD),
        ("duplicate_ratio", 0.06, Level.WARNING),
        ("erasures_open", 12, Level.PLAIN),
        ("erasures_open", None, Level.UNKNOWN),
    ],
)
def test_a_figure_stands_to_the_promised_limits(name: str, value: float | None, level: Level) -> None:
    assert BY_NAME[name].level(value) is level


def test_the_whole_is_as_bad_as_its_worst_figure() -> None:
    good = {gauge.name: 0.0 for gauge in GAUGES}
    assert worst(figures(good)) is Level.GOOD
    assert worst(figures(good | {"stream_lag_seconds": 31})) is Level.WARNING
    assert worst(figures(good | {"stream_lag_seconds": 301})) is Level.CRITICAL
    assert worst(figures({})) is Level.UNKNOWN


def test_what_is_critical_comes_before_what_is_unknown_and_that_before_a_warning() -> None:
    assert worst(figures({"stream_lag_seconds": 301})) is Level.CRITICAL
    assert worst(figures({"stream_lag_seconds": 31})) is Level.UNKNOWN


def test_metrics_are_prometheus_text_and_leave_out_what_is_unknown() -> None:
    text = metrics(figures({"accepted_total": 12_345_678, "duplicate_ratio": 0.0125}))
    assert text.splitlines() == [
        "# HELP fraud_accepted_total Accepted",
        "# TYPE fraud_accepted_total counter",
        "fraud_accepted_total 12345678",
        "# HELP fraud_duplicate_ratio Share of duplicates",
        "# TYPE fraud_duplicate_ratio gauge",
        "fraud_duplicate_ratio 0.0125",
    ]


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_every_unit_can_be_written(gauge: Gauge) -> None:
    assert written(1.0, gauge.unit)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234, "", "1,234"),
        (0.0512, "%", "5.12 %"),
        (1_500_000, "B", "1.5 MB"),
        (2.25, "s", "2.2 s"),
        (99.6, "/s", "100/s"),
    ],
)
def test_values_are_written_with_their_unit(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text
