"""Pub/Sub push requests: the message in any of the bodies it comes in, and what the answer tells Pub/Sub.

A wrapped push (`{"message": …, "subscription": …}`), the same as CloudEvent (Eventarc: `data` around it in structured
mode) and an unwrapped push (the data itself, the rest in `x-goog-pubsub-…` headers) are one to a function.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

import msgspec
import structlog
from flask import Request, Response

from fraud.errors import PermanentError, SubjectErasedError
from fraud_service.http.body import decode_json
from fraud_service.http.problem import ProblemError
from fraud_service.pubsub.topic import publish

log = structlog.get_logger()
Content = TypeVar("Content")

MAX_PUSH_BYTES = 10_485_760
_UNWRAPPED = "x-goog-pubsub-"


@dataclass(frozen=True)
class PushMessage:
    """A delivered message; it may come again, late, and in any order but for messages of one ordering key."""

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    ordering_key: str = ""

    def __repr__(self) -> str:
        return f"PushMessage(message_id={self.message_id!r})"


class _Envelope(msgspec.Struct, rename="camel"):
    data: str = ""
    attributes: dict[str, str] = {}
    message_id: str = ""
    ordering_key: str = ""


class _Push(msgspec.Struct):
    message: _Envelope


class _CloudEvent(msgspec.Struct):
    data: _Push


def receive(request: Request) -> PushMessage:
    """Return the pushed message. Raises ProblemError 400 for a body that holds none."""
    content: bytes = request.stream.read(MAX_PUSH_BYTES)
    headers = {name.lower(): text for name, text in request.headers.items()}
    if f"{_UNWRAPPED}message-id" in headers:
        return _unwrapped(content, headers)
    try:
        return _unwrap(_envelope(content))
    except (ValueError, RecursionError):  # of both decoders
        pass
    raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is no Pub/Sub push", "message")


def _envelope(content: bytes) -> _Envelope:
    try:
        return msgspec.json.decode(content, type=_Push).message
    except msgspec.ValidationError:
        return msgspec.json.decode(content, type=_CloudEvent).data.message


def _unwrap(envelope: _Envelope) -> PushMessage:
    data = base64.b64decode(envelope.data, validate=True)
    return PushMessage(data, envelope.attributes, envelope.message_id, envelope.ordering_key)


def _unwrapped(content: bytes, headers: Mapping[str, str]) -> PushMessage:
    attributes = {name: text for name, text in headers.items() if not name.startswith(_UNWRAPPED)}
    ordering_key = headers.get(f"{_UNWRAPPED}ordering-key", "")
    return PushMessage(content, attributes, headers[f"{_UNWRAPPED}message-id"], ordering_key)


def push_endpoint(handle: Callable[[PushMessage], None], dead_letter_topic: str) -> Callable[[Request], Response]:
    """Return an endpoint that acknowledges what `handle` has done.

    PermanentError: the message goes to `dead_letter_topic` with its reason and is acknowledged. SubjectErasedError: it
    is acknowledged and kept nowhere. Anything else that is raised leaves it unacknowledged, so that Pub/Sub sends it
    again.
    """

    def endpoint(request: Request) -> Response:
        message = receive(request)
        try:
            handle(message)
        except SubjectErasedError:
            log.info("erased_payment_left_out")
        except PermanentError as error:
            log.warning("dead_lettered", message_id=message.message_id, reason=str(error))
            dead_letter(message, str(error), dead_letter_topic)
        return Response(status=HTTPStatus.NO_CONTENT)

    return endpoint


def dead_letter(message: PushMessage, reason: str, topic: str) -> None:
    """Publish a message, its attributes and why it was given up. Raises RetryableError unless Pub/Sub holds it then."""
    attributes = {**message.attributes, "reason": reason, "source-message-id": message.message_id}
    publish(topic, message.data, **attributes)


def read_message(message: PushMessage, kind: type[Content], noun: str) -> Content:
    """Return what a message holds. Raises PermanentError that names the field to blame, never its value."""
    try:
        return decode_json(message.data, kind)
    except ProblemError as problem:
        blamed = f": {problem.field}" if problem.field else ""
        reason = f"the message is no {noun}: {problem.detail}{blamed}"
    raise PermanentError(reason)
