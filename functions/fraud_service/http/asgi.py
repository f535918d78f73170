"""Paths and methods of an asynchronous HTTP function, as `fraud_service.http.router` has them for the others."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fraud.errors import RetryableError
from fraud.rights import Roles
from fraud_service.http.admission import Admission
from fraud_service.http.answer import encode_answer
from fraud_service.http.caller import Header, is_on_cloud_run
from fraud_service.http.problem import ProblemError, problem_document, problem_of

Endpoint = Callable[[Request], Awaitable[Response]]


class AsyncRouter:
    """Calls the endpoint of `METHOD /path` for those who may; what it raises becomes a problem JSON.

    `GET /healthz` answers while the process lives; `GET /readyz` awaits `ready` and answers 503 where that raises.
    """

    def __init__(
        self, rights: Mapping[str, Roles], endpoints: Mapping[str, Endpoint], ready: Callable[[], Awaitable[None]]
    ) -> None:
        self._endpoints = {"GET /healthz": _healthy, "GET /readyz": _readiness(ready), **endpoints}
        self._admission = Admission(rights, self._endpoints)

    async def __call__(self, request: Request) -> Response:
        """Answer a request."""
        try:
            route = self._match(request)
            if is_on_cloud_run():  # in a thread: Google's keys may have to be fetched
                await run_in_threadpool(self._admission.check, route, header_reader(request))
            return await self._endpoints[route](request)
        except Exception as error:  # noqa: BLE001  whatever it is, it is answered
            return problem_answer(problem_of(error))

    def _match(self, request: Request) -> str:
        path = request.url.path.rstrip("/")
        route = f"{request.method} {path}"
        if route in self._endpoints:
            return route
        methods = sorted(route.split()[0] for route in self._endpoints if route.split()[1] == path)
        if not methods:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is nothing at this path")
        allowed = ", ".join(methods)
        raise ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, f"use {allowed}", None, {"Allow": allowed})


_NOT_KEPT = {"Cache-Control": "no-store"}


def header_reader(request: Request) -> Header:
    """Return what reads a request's headers; one that is there twice is no token any more."""
    return lambda name: ",".join(request.headers.getlist(name))


def json_answer(document: object) -> Response:
    """Return a document as a JSON answer that no cache keeps."""
    return Response(encode_answer(document), headers=_NOT_KEPT, media_type="application/json")


def problem_answer(problem: ProblemError) -> Response:
    """Return the answer to a request that failed."""
    return Response(
        problem_document(problem), problem.status.value, problem.headers, media_type="application/problem+json"
    )


async def _healthy(_request: Request) -> Response:
    return json_answer({"status": "ok"})


def _readiness(ready: Callable[[], Awaitable[None]]) -> Endpoint:
    async def endpoint(_request: Request) -> Response:
        try:
            await ready()
        except Exception as error:
            raise RetryableError(f"not ready: {type(error).__name__}") from error
        return json_answer({"status": "ready"})

    return endpoint


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
