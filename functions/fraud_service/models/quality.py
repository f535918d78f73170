"""The views `model_quality` and `model_drift`, as people look at them."""

from datetime import datetime, timedelta

import msgspec

from fraud.models.drift import Drift
from fraud.models.quality import Quality
from fraud_service.stores.warehouse import Warehouse

PERIOD = timedelta(weeks=12)
PATIENCE_S = 15.0
_QUERY = "select {} from {} where week_start >= date(@since)"


def model_quality(warehouse: Warehouse, now: datetime) -> list[Quality]:
    """Return how the models did in twelve weeks. Raises RetryableError while BigQuery is out of reach."""
    query = _QUERY.format(", ".join(Quality.__struct_fields__), "model_quality")
    return [msgspec.convert(row, Quality) for row in warehouse.ask(query, PATIENCE_S, since=now - PERIOD)]


def model_drift(warehouse: Warehouse, now: datetime) -> list[Drift]:
    """Return how far features and score have moved in twelve weeks. Raises RetryableError likewise."""
    query = _QUERY.format(", ".join(Drift.__struct_fields__), "model_drift")
    return [msgspec.convert(row, Drift) for row in warehouse.ask(query, PATIENCE_S, since=now - PERIOD)]
