"""The JSON of messages on the product's topics."""

from typing import TypeVar

from fraud.errors import PermanentError
from fraud_service.body import decode_json
from fraud_service.problem import ProblemError
from fraud_service.push import PushMessage

Content = TypeVar("Content")


def read_message(message: PushMessage, kind: type[Content], noun: str) -> Content:
    """Return what a message holds. Raises PermanentError that names the field to blame, never its value."""
    try:
        return decode_json(message.data, kind)
    except ProblemError as problem:
        blamed = f": {problem.field}" if problem.field else ""
        reason = f"the message is no {noun}: {problem.detail}{blamed}"
    raise PermanentError(reason)
