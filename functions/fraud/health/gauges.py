"""How the system fares: each figure with the limits that the product promises, and how it stands to them.

The limits are those of the product description, "Monitoring & Alerting": lag under 30 s (critical above 5 min),
checkpoint every minute, Redis under 500 MB (critical above 1 GB), dedup state up to 500 MB, alerts under 10 a minute
(unusual above 100), false positives under 5 % (too many above 10 %), duplicates under 5 %. Its limit on a watermark has
nothing to measure: the job has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MB = 1_000_000


class Level(StrEnum):
    """How a figure stands to its limits."""

    GOOD = "good"
    WARNING = "warning"
    CRITICAL = "critical"
    PLAIN = "plain"
    """It has no limits."""
    UNKNOWN = "unknown"
    """It could not be read."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a figure means; above `warning` it deserves a look, above `critical` an act. `name` is its metric's.

    `is_optional`: there is nothing to measure at first, so that its absence says nothing.
    """

    name: str
    title: str
    unit: str
    warning: float | None = None
    critical: float | None = None
    is_optional: bool = False

    def level(self, value: float | None) -> Level:
        """Return how a value stands to the limits."""
        if value is None:
            return Level.PLAIN if self.is_optional else Level.UNKNOWN
        if self.critical is not None and value > self.critical:
            return Level.CRITICAL
        if self.warning is not None and value > self.warning:
            return Level.WARNING
        return Level.PLAIN if self.warning is None and self.critical is None else Level.GOOD


GAUGES = (
    Gauge("stream_lag_seconds", "Stream lag", "s", 30, 300),
    Gauge("offsets_behind", "Positions not read yet", ""),
    Gauge("batch_seconds", "Batch time", "s"),
    Gauge("partition_standing_seconds", "A partition stands still for", "s", 60, 300),
    Gauge("events_per_second", "Events a second", "/s"),
    Gauge("traffic_drop", "Traffic missing, against the hour before", "%", 0.5, 0.95, is_optional=True),
    Gauge("progress_age_seconds", "Checkpoint age", "s", 60, 300),
    Gauge("state_bytes", "State size", "B", 300 * MB, 500 * MB),
    Gauge("redis_memory_bytes", "Redis memory", "B", 500 * MB, 1_000 * MB),
    Gauge("alerts_per_minute", "Alerts in the last minute", "", 10, 100),
    Gauge("alerts_drop", "Alerts missing, against the hour before", "%", 0.95, is_optional=True),
    Gauge("accepted_total", "Accepted", ""),
    Gauge("duplicates_total", "Duplicates", ""),
    Gauge("duplicate_ratio", "Share of duplicates", "%", 0.05, is_optional=True),
    Gauge("late_total", "Late", ""),
    Gauge("late_ratio", "Share of late ones, lately", "%", 0.05, 0.5, is_optional=True),
    Gauge("dead_letters_total", "Dead letters (rejected)", ""),
    Gauge("rejected_ratio", "Share of rejected ones, lately", "%", 0.05, 0.5, is_optional=True),
    Gauge("reviews_open", "Reviews open", ""),
    Gauge("false_positive_ratio", "False positives, 30 days", "%", 0.05, 0.10, is_optional=True),
    Gauge("erasures_open", "Erasures open", ""),
)
"""Every figure of the health page and of `/metrics`, in the order people read them."""

Values = Mapping[str, float]
"""Figures by name; what could not be read is left out."""

Notes = Mapping[str, str]
"""By name, what a person should know beside a figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge with its value, and what is to be said about that."""

    gauge: Gauge
    value: float | None
    note: str = ""

    @property
    def level(self) -> Level:
        """How it stands to its limits."""
        return self.gauge.level(self.value)


def figures(values: Values, notes: Notes = MappingProxyType({})) -> list[Figure]:
    """Return every gauge with its value."""
    return [Figure(gauge, values.get(gauge.name), notes.get(gauge.name, "")) for gauge in GAUGES]


def worst(shown: list[Figure]) -> Level:
    """Return the level of the whole."""
    order = (Level.CRITICAL, Level.UNKNOWN, Level.WARNING)
    held = {figure.level for figure in shown}
    return next((level for level in order if level in held), Level.GOOD)


def metrics(shown: list[Figure]) -> str:
    """Return figures in Prometheus' text format, version 0.0.4."""
    return "".join(
        f"# HELP fraud_{figure.gauge.name} {figure.gauge.title}\n"
        f"# TYPE fraud_{figure.gauge.name} {_kind(figure.gauge)}\n"
        f"fraud_{figure.gauge.name} {figure.value:.15g}\n"
        for figure in shown
        if figure.value is not None
    )


def hit_metrics(hits: Mapping[str, int]) -> str:
    """Return how many payments each detection has hit, in the same format."""
    lines = [f'fraud_detection_hits_total{{detection="{name}"}} {number}\n' for name, number in sorted(hits.items())]
    head = "# HELP fraud_detection_hits_total Payments hit, in shadow too\n# TYPE fraud_detection_hits_total counter\n"
    return head + "".join(lines) if lines else ""


def _kind(gauge: Gauge) -> str:
    return "counter" if gauge.name.endswith("_total") else "gauge"


_SCALES: Mapping[str, Callable[[float], str]] = {
    "": lambda value: f"{value:,.0f}",
    "%": lambda value: f"{100 * value:.2f} %",
    "B": lambda value: f"{value / MB:,.1f} MB",
    "s": lambda value: f"{value:,.1f} s",
    "/s": lambda value: f"{value:,.0f}/s",
}


def written(value: float, unit: str) -> str:
    """Return a value as people read it."""
    return _SCALES[unit](value)
