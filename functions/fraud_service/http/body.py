"""A request's JSON body, decoded into the type that is asked for."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar

import msgspec
from flask import Request

from fraud_service.http.problem import ProblemError

MAX_BODY_BYTES = 65_536
_PATH = re.compile(r"`\$\.?([^`]*)`\Z")
_MISSING = re.compile(r"Object missing required field `(\w+)`")

Body = TypeVar("Body")


def read_json(request: Request, kind: type[Body], limit: int = MAX_BODY_BYTES) -> Body:
    """Return the body as `kind`. Raises ProblemError: 413 beyond `limit` bytes, 415 for another type, else 400."""
    if request.mimetype != "application/json":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
    return decode_json(_content(request, limit), kind)


def read_text(request: Request, mimetype: str, limit: int) -> str:
    """Return the body as text. Raises ProblemError: 413 beyond `limit` bytes, 415 for another type, else 400."""
    if request.mimetype != mimetype:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {mimetype}")
    try:
        return _content(request, limit).decode()
    except UnicodeDecodeError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is not UTF-8") from None


def decode_json(content: bytes, kind: type[Body]) -> Body:
    """Return a JSON document as `kind`. Raises ProblemError 400 that names the field, never its value."""
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        problem = _blame(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        problem = ProblemError(HTTPStatus.BAD_REQUEST, "the body is not JSON")
    raise problem  # not chained: the decoder's error can quote the value


def read_fields(fields: Mapping[str, object], kind: type[Body]) -> Body:
    """Return the fields of a form as `kind`. Raises ProblemError 400 that names the field, never its value."""
    return decode_json(msgspec.json.encode(fields), kind)


def _content(request: Request, limit: int) -> bytes:
    if (request.content_length or 0) <= limit:
        content: bytes = request.stream.read(limit + 1)
        if len(content) <= limit:
            return content
    raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {limit} bytes")


def _blame(message: str) -> ProblemError:
    missing, path = _MISSING.match(message), _PATH.search(message)
    parent = path[1] if path else ""
    if missing:
        field = f"{parent}.{missing[1]}" if parent else missing[1]
        return ProblemError(HTTPStatus.BAD_REQUEST, "a required field is missing", field)
    if message.startswith("Object contains unknown field"):  # its name is the caller's own: it may be a card number
        return ProblemError(HTTPStatus.BAD_REQUEST, "there is a field that is not known here", parent or None)
    return ProblemError(HTTPStatus.BAD_REQUEST, "a field has a value that is not allowed", parent or None)
