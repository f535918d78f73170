"""Alerts of scored rows."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fraud.alert import Alert, AlertType
from fraud.money import as_written
from fraud.velocity import Severity

_COPIED = [name for name in Alert.__struct_fields__ if name not in {"schema_version", "type", "severity"}]
_ORDER = ("event_time", "kafka_partition", "kafka_offset")


def raise_alerts(scored: pa.Table) -> list[Alert]:
    """Return an alert for each velocity fraud or high risk among scored rows, in event time."""
    is_suspicious = pc.or_(scored["is_velocity_fraud"], scored["is_high_risk"])
    suspicious = scored.filter(is_suspicious).sort_by([(name, "ascending") for name in _ORDER])
    severities = suspicious["severity"].to_pylist()
    rows = suspicious.select(_COPIED).to_pylist()
    return [_alert(row, severity) for row, severity in zip(rows, severities, strict=True)]


def _alert(row: dict[str, Any], severity: str | None) -> Alert:
    amount = as_written(row["amount"], row["currency"])
    kind = AlertType.VELOCITY if severity else AlertType.HIGH_RISK
    return Alert(type=kind, severity=Severity(severity or Severity.HIGH), **row | {"amount": amount})
