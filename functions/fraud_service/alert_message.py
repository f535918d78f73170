"""Messages of the topic `fraud-alerts`, as functions receive them."""

from fraud.alert import SCHEMA_VERSION, Alert
from fraud.errors import PermanentError
from fraud_service.message import read_message
from fraud_service.push import PushMessage


def read_alert(message: PushMessage) -> Alert:
    """Return the alert that a message holds.

    Raises PermanentError that names the field to blame, never its value, for anything else or a newer schema.
    """
    alert = read_message(message, Alert, "alert")
    if alert.schema_version != SCHEMA_VERSION:
        raise PermanentError("the alert has a schema_version that is not known here")
    return alert
