"""Firestore's side: the alerts that alert_fanout has recorded, read in pages by event time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.api_core.exceptions import GoogleAPIError, RetryError
from google.api_core.retry import Retry
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud_stream.settings import Settings, SinkName, StreamSettings, WarehouseSettings
from reconciliation.reach import UnreadableStoreError

COLLECTION = "alerts"
PAGE = 1_000
IN_LIMIT = 30
"""Most values that one `in` filter takes."""

TIMEOUT_S = 30.0
_FIELDS = ("transaction_id", "event_time", "recorded_at")


class RecordSettings(Settings):
    """Firestore is that of the project; its emulator's address is set on a laptop only."""

    firestore_emulator_host: str | None = None


@dataclass(frozen=True)
class Recorded:
    """An alert's document; `recorded_at` is none where something else than alert_fanout has written it."""

    transaction_id: str
    event_time: datetime
    recorded_at: datetime | None

    def is_before(self, moment: datetime) -> bool:
        """Tell whether it was recorded before a moment, or nobody knows when."""
        return self.recorded_at is None or self.recorded_at < moment


@dataclass(frozen=True)
class AlertRecord:
    """The documents; every method raises UnreadableStoreError when Firestore does not answer."""

    documents: firestore.Client

    def between(self, since: datetime, until: datetime) -> Iterator[Recorded]:
        """Yield the alerts of a period (`until` exclusive), ascending by event time."""
        query = (
            self.documents.collection(COLLECTION)
            .where(filter=FieldFilter("event_time", ">=", since))
            .where(filter=FieldFilter("event_time", "<", until))
            .order_by("event_time")
            .limit(PAGE)
        )
        while page := self._read(query):
            yield from map(_recorded, page)
            query = query.start_after(page[-1])

    def of(self, transaction_ids: Sequence[str]) -> Iterator[Recorded]:
        """Yield the alerts of some transactions."""
        for start in range(0, len(transaction_ids), IN_LIMIT):
            named = FieldFilter("transaction_id", "in", transaction_ids[start : start + IN_LIMIT])
            yield from map(_recorded, self._read(self.documents.collection(COLLECTION).where(filter=named)))

    def _read(self, query: firestore.Query) -> list[firestore.DocumentSnapshot[Any]]:
        try:
            # the client's own retry goes on for five minutes
            return list(query.select(_FIELDS).stream(retry=Retry(timeout=TIMEOUT_S), timeout=TIMEOUT_S))
        except (GoogleAPIError, RetryError) as error:
            raise UnreadableStoreError(f"Firestore: {error}") from error


def _recorded(snapshot: firestore.DocumentSnapshot[Any]) -> Recorded:
    held = snapshot.to_dict() or {}
    return Recorded(held["transaction_id"], held["event_time"], held.get("recorded_at"))


def why_not(stream: StreamSettings, warehouse: WarehouseSettings, *, is_wanted: bool) -> str | None:
    """Return why nothing is said of the record, or None where it is kept and wanted."""
    if not is_wanted:
        return "left out (--without-firestore)"
    if SinkName.PUBSUB not in stream.enabled_sinks:
        return "the job publishes no alerts (ENABLED_SINKS)"
    if warehouse.bigquery_emulator_host and not RecordSettings().firestore_emulator_host:
        return "there is no FIRESTORE_EMULATOR_HOST beside BIGQUERY_EMULATOR_HOST"
    return None
