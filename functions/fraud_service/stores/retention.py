"""How long documents are kept: Firestore deletes each once its `expires_at` has passed.

Source: GDPR Art. 5(1)(e), PCI DSS 3.2.1. Cards, rules and the evidence of erasures never carry one: what holds for a
card holds until it is released.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any

import msgspec
from pydantic import Field

from fraud_service.settings import Settings
from fraud_service.stores.documents import to_document

EXPIRES_AT = "expires_at"


class RetentionSettings(Settings):
    """Days for which records of alerts are kept; none, and they stay until they are erased."""

    document_retention_days: Annotated[int, Field(ge=1, le=3650)] | None = None


def expiring(record: msgspec.Struct, since: datetime | None) -> dict[str, Any]:
    """Return the document of a record whose age counts from `since`."""
    age = _age()
    return to_document(record) | ({EXPIRES_AT: since + age} if since and age else {})


@cache
def _age() -> timedelta | None:
    days = RetentionSettings().document_retention_days
    return timedelta(days=days) if days else None
