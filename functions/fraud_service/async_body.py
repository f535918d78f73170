"""The body of a request to an asynchronous function, as far as it may be read."""

from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from fraud_service.problem import ProblemError


async def read_body(request: Request, limit: int) -> bytes:
    """Return a JSON body as it came. Raises ProblemError: 413 beyond `limit` bytes, 415 for another type."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
    parts, length = [], 0
    try:
        async for part in request.stream():
            parts.append(part)
            length += len(part)
            if length > limit:
                break
    except ClientDisconnect:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is incomplete") from None
    if length > limit:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {limit} bytes")
    return b"".join(parts)
