"""Alerts of the past, from the warehouse's scored payments: what rules are tried out on."""

from datetime import datetime

from fraud.alerts.alert import COLUMNS, Alert, alert_of
from fraud_service.stores.warehouse import Warehouse

_QUERY = (
    f"select {', '.join(COLUMNS)} from payment_transactions_fraud "  # noqa: S608  our own names
    "where event_time >= @since and event_time < @until and coalesce(is_alert, is_velocity_fraud or is_high_risk)"
)


def alerts(warehouse: Warehouse, since: datetime, until: datetime) -> list[Alert]:
    """Return the alerts from `since` up to before `until`. Raises RetryableError while BigQuery is out of reach."""
    return [alert_of(row) for row in warehouse.run(_QUERY, since=since, until=until)]


def latest_alerts(warehouse: Warehouse, since: datetime, until: datetime, most: int, patience_s: float) -> list[Alert]:
    """Return at most `most` of them, the newest first, for a person who waits. Raises RetryableError likewise."""
    query = f"{_QUERY} order by event_time desc limit @most"
    return [alert_of(row) for row in warehouse.ask(query, patience_s, since=since, until=until, most=most)]
