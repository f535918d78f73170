"""The view `model_quality`, as people look at it."""

from datetime import datetime, timedelta

import msgspec

from fraud.models.quality import Quality
from fraud_service.stores.warehouse import Warehouse

PERIOD = timedelta(weeks=12)
PATIENCE_S = 15.0
_QUERY = f"select {', '.join(Quality.__struct_fields__)} from model_quality where week_start >= date(@since)"  # noqa: S608


def model_quality(warehouse: Warehouse, now: datetime) -> list[Quality]:
    """Return how the models did in twelve weeks. Raises RetryableError while BigQuery is out of reach."""
    return [msgspec.convert(row, Quality) for row in warehouse.ask(_QUERY, PATIENCE_S, since=now - PERIOD)]
