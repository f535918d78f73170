"""What alert_fanout is pushed: alerts, which it records and tells of."""

from collections.abc import Mapping

from fraud_service.alert_message import read_alert
from fraud_service.alert_records import ALERTS, TIMEOUT_S, AlertRecords
from fraud_service.clients import documents
from fraud_service.clock import now
from fraud_service.notification_topic import publish_notification
from fraud_service.push import PushMessage, push_endpoint
from fraud_service.router import Endpoint

ALERT_DEAD_LETTER_TOPIC = "fraud-alerts-dead-letter"


def check_ready() -> None:
    """Make a first call to the record; raises what that raises."""
    documents().collection(ALERTS).document("ready").get(timeout=TIMEOUT_S)


def record_alert(message: PushMessage) -> None:
    """Record an alert and publish the notification it causes; repeated, it publishes the same again.

    Raises PermanentError for what is no alert, RetryableError while a store is down.
    """
    told = AlertRecords(documents()).record(read_alert(message), now())
    if told:
        publish_notification(told)


ROUTES: Mapping[str, Endpoint] = {"POST /": push_endpoint(record_alert, ALERT_DEAD_LETTER_TOPIC)}
