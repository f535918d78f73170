"""Alerts of scored rows."""

import pyarrow as pa

from fraud.alerts.alert import COLUMNS, Alert, alert_of

_ORDER = ("event_time", "kafka_partition", "kafka_offset")


def raise_alerts(scored: pa.Table) -> list[Alert]:
    """Return the alerts that scored rows raise, in event time."""
    suspicious = scored.filter(scored["is_alert"]).sort_by([(name, "ascending") for name in _ORDER])
    return [alert_of(row) for row in suspicious.select(COLUMNS).to_pylist()]
