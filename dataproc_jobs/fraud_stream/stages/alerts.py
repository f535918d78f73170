"""Alerts of scored rows."""

import pyarrow as pa
import pyarrow.compute as pc

from fraud.alerts.alert import COLUMNS, Alert, alert_of

_ORDER = ("event_time", "kafka_partition", "kafka_offset")


def raise_alerts(scored: pa.Table) -> list[Alert]:
    """Return an alert for each velocity fraud or high risk among scored rows, in event time."""
    is_suspicious = pc.or_(scored["is_velocity_fraud"], scored["is_high_risk"])
    suspicious = scored.filter(is_suspicious).sort_by([(name, "ascending") for name in _ORDER])
    return [alert_of(row) for row in suspicious.select(COLUMNS).to_pylist()]
