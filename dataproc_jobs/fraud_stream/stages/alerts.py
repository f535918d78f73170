"""Alerts of scored rows."""

from datetime import UTC

import pyarrow as pa

from fraud.alerts.alert import COLUMNS, Alert, alert_of

_ORDER = ("event_time", "kafka_partition", "kafka_offset")
_WITHOUT_ZONE = pa.timestamp("us")


def raise_alerts(scored: pa.Table) -> list[Alert]:
    """Return the alerts that scored rows raise, in event time."""
    suspicious = scored.filter(scored["is_alert"]).sort_by([(name, "ascending") for name in _ORDER])
    # for a moment with a zone Arrow looks for the module pytz each time: milliseconds, where it is not installed
    rows = _with(suspicious.select(COLUMNS), "event_time", suspicious["event_time"].cast(_WITHOUT_ZONE)).to_pylist()
    return [alert_of(row | {"event_time": row["event_time"].replace(tzinfo=UTC)}) for row in rows]


def _with(rows: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, column)
