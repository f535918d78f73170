"""What alert_fanout is pushed of `fraud-alerts`: each alert is recorded once, and what is news is published."""

from collections.abc import Mapping

from fraud_service.alerts.campaigns import ALERTS
from fraud_service.alerts.messages import DEAD_LETTER_TOPIC, read_alert
from fraud_service.alerts.notifications import publish_notification
from fraud_service.alerts.record import TIMEOUT_S, AlertRecords
from fraud_service.clock import now
from fraud_service.http.router import Endpoint
from fraud_service.pubsub.push import PushMessage, push_endpoint
from fraud_service.stores.documents import documents


def check_ready() -> None:
    """Make a first call to the record; raises what that raises."""
    documents().collection(ALERTS).document("ready").get(timeout=TIMEOUT_S)


def record_alert(message: PushMessage) -> None:
    """Record an alert and publish the notification it causes; repeated, it publishes the same again.

    Raises PermanentError for what is no alert, SubjectErasedError where its payment was erased, RetryableError while a
    store is down.
    """
    alert = read_alert(message)
    notification = AlertRecords(documents()).record(alert, now())
    if notification:
        publish_notification(notification, alert)


ROUTES: Mapping[str, Endpoint] = {"POST /": push_endpoint(record_alert, DEAD_LETTER_TOPIC)}
