"""Alerts of scored rows."""

import pyarrow as pa
import pyarrow.compute as pc

from fraud.alert import Alert, AlertType
from fraud.velocity import Severity

_COPIED = [name for name in Alert.__struct_fields__ if name not in {"schema_version", "type", "severity"}]


def raise_alerts(scored: pa.Table) -> list[Alert]:
    """Return an alert for each velocity fraud or high risk among scored rows, in event time."""
    suspicious = scored.filter(pc.or_(scored["is_velocity_fraud"], scored["is_high_risk"])).sort_by("event_time")
    severities = suspicious["severity"].to_pylist()
    rows = suspicious.select(_COPIED).to_pylist()
    return [_alert(row, severity) for row, severity in zip(rows, severities, strict=True)]


def _alert(row: dict[str, object], severity: str | None) -> Alert:
    kind = AlertType.VELOCITY if severity else AlertType.HIGH_RISK
    return Alert(type=kind, severity=Severity(severity or Severity.HIGH), **row)  # type: ignore[arg-type]
