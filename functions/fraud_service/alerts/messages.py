"""Messages of the topic `fraud-alerts`, as functions receive them."""

from fraud.alerts.alert import READABLE, Alert
from fraud.errors import PermanentError
from fraud_service.pubsub.push import PushMessage, read_message

DEAD_LETTER_TOPIC = "fraud-alerts-dead-letter"


def read_alert(message: PushMessage) -> Alert:
    """Return the alert that a message holds.

    Raises PermanentError that names the field to blame, never its value, for anything else or a newer schema.
    """
    alert = read_message(message, Alert, "alert")
    if alert.schema_version not in READABLE:
        raise PermanentError("the alert has a schema_version that is not known here")
    return alert
