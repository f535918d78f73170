"""Alerts of the past, from the warehouse's scored payments."""

from datetime import datetime

from google.cloud import bigquery

from fraud.alerts.alert import COLUMNS, Alert, alert_of
from fraud.rules.facts import COUNT_WINDOW
from sql.warehouse import Warehouse


def alerts(warehouse: Warehouse, since: datetime, until: datetime) -> list[Alert]:
    """Return the alerts from the hour before `since`, which count towards the first ones, up to before `until`.

    Raises google.api_core.exceptions.GoogleAPIError when BigQuery refuses.
    """
    query = (
        f"select {', '.join(COLUMNS)} "  # noqa: S608  our own names
        f"from `{warehouse.dataset}.payment_transactions_fraud` "
        "where event_time >= @since and event_time < @until and (is_velocity_fraud or is_high_risk)"
    )
    moments = [("since", since - COUNT_WINDOW), ("until", until)]
    parameters = [bigquery.ScalarQueryParameter(name, "TIMESTAMP", moment) for name, moment in moments]
    config = bigquery.QueryJobConfig(query_parameters=parameters)
    return [alert_of(dict(row.items())) for row in warehouse.client.query_and_wait(query, job_config=config)]
