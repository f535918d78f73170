"""Errors as problem JSON (RFC 9457): what went wrong and which field is to blame, never its value."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from flask import Response


class ProblemError(Exception):
    """A request that gets an error answer; `field` is the path of the field to blame, such as `amount`."""

    def __init__(
        self, status: HTTPStatus, detail: str, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = dict(headers or {})


def problem_document(problem: ProblemError) -> bytes:
    """Return the answer's body."""
    document = {"type": "about:blank", "title": problem.status.phrase, "status": problem.status.value}
    blamed = {"field": problem.field} if problem.field else {}
    return msgspec.json.encode({**document, "detail": problem.detail, **blamed})


def problem_response(problem: ProblemError) -> Response:
    """Return the answer."""
    response = Response(problem_document(problem), problem.status.value, problem.headers)
    response.content_type = "application/problem+json"
    return response
