"""How many alerts an account has had: Redis, where the stream counts them, and the decisions in Firestore.

Each of the two can only be short: Redis when it is down, was emptied or has dropped what is an hour older than its
newest alert, Firestore while an earlier alert's message is still on its way. So the larger number is taken.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import redis
import structlog
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter

from fraud.alerts.alert import Alert
from fraud.alerts.names import counted_key
from fraud.rules.facts import COUNT_WINDOW
from fraud_service.rules.decisions import COLLECTION
from fraud_service.stores.documents import count, reaching_firestore

TIMEOUT_S = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


@dataclass(frozen=True)
class AlertCounts:
    """Alerts of an account in the hour up to a moment, by event time, however late they are asked for."""

    documents: firestore.Client
    cache: redis.Redis

    def in_hour(self, alert: Alert) -> int:
        """Return the number of alerts of an alert's account in (t - 1 h, t], this one, not yet decided, included.

        Raises RetryableError while Firestore is down.
        """
        return 1 + max(self._cached_others(alert), self._recorded_others(alert))

    def _cached_others(self, alert: Alert) -> int:
        """Count in the set that `dataproc_jobs/fraud_stream/sinks/alert_cache.lua` keeps; 0 while Redis is down."""
        key = counted_key(alert.sender_account_id)
        until = _milliseconds(alert.event_time)
        try:
            with self.cache.pipeline(transaction=True) as pipeline:
                pipeline.zcount(key, f"({until - _milliseconds(_EPOCH + COUNT_WINDOW)}", until)
                pipeline.zscore(key, alert.transaction_id)
                counted, own = pipeline.execute()
        except redis.RedisError as error:
            log.warning("count_without_redis", error=type(error).__name__)
            return 0
        return int(counted) - (own is not None and own <= until)

    def _recorded_others(self, alert: Alert) -> int:
        of_account = FieldFilter("sender_account_id", "==", alert.sender_account_id)
        since = FieldFilter("event_time", ">", alert.event_time - COUNT_WINDOW)
        until = FieldFilter("event_time", "<=", alert.event_time)
        query = self.documents.collection(COLLECTION).where(filter=And([of_account, since, until]))
        with reaching_firestore():
            return count(query, TIMEOUT_S)


def _milliseconds(moment: datetime) -> int:
    """Return a moment as the stream scores it."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
