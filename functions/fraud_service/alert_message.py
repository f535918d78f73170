"""Messages of the topic `fraud-alerts`, as functions receive them."""

from fraud.alert import SCHEMA_VERSION, Alert
from fraud.errors import PermanentError
from fraud_service.body import decode_json
from fraud_service.problem import ProblemError
from fraud_service.push import PushMessage


def read_alert(message: PushMessage) -> Alert:
    """Return the alert that a message holds.

    Raises PermanentError that names the field to blame, never its value, for anything else or a newer schema.
    """
    try:
        alert = decode_json(message.data, Alert)
    except ProblemError as problem:
        blamed = f": {problem.field}" if problem.field else ""
        reason = f"the message is no alert: {problem.detail}{blamed}"
    else:
        if alert.schema_version == SCHEMA_VERSION:
            return alert
        reason = "the alert has a schema_version that is not known here"
    raise PermanentError(reason)
