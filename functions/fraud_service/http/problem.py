"""Errors as problem JSON (RFC 9457): what went wrong and which field is to blame, never its value."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
import structlog
from flask import Response

from fraud.errors import AbsentError, ConflictError, InvalidError, RetryableError

log = structlog.get_logger()


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


def problem_of(error: Exception) -> ProblemError:
    """Return the problem that an error is to the one who asks; a failure is logged, and shown to nobody."""
    match error:
        case ProblemError():
            return error
        case AbsentError():
            return ProblemError(HTTPStatus.NOT_FOUND, str(error))
        case ConflictError():
            return ProblemError(HTTPStatus.CONFLICT, str(error), error.field)
        case InvalidError():
            return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, error.detail, error.field)
        case RetryableError():
            log.warning("unavailable", reason=str(error))
            return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error), None, {"Retry-After": "1"})
    log.error("failed", error=type(error).__name__)  # no traceback: it may show what a request carried
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "the request failed")


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
