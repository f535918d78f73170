"""The page as an ASGI application."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from fraud.errors import RetryableError
from fraud_page import reviews as review_pages
from fraud_page.accounts import pages as account_pages
from fraud_page.alerts.broadcast import Broadcast
from fraud_page.alerts.event_stream import EventStream
from fraud_page.alerts.feed import Feed
from fraud_page.alerts.position import Position
from fraud_page.health import pages as health_pages
from fraud_page.http.guard import guarded
from fraud_page.http.origins import Origins
from fraud_page.http.protection import Protection
from fraud_page.http.view import render
from fraud_page.rules import pages as rule_pages
from fraud_page.subjects import pages as subject_pages
from fraud_service.http.problem import ProblemError, problem_document

FOLDER = Path(__file__).parent
MAX_BODY_BYTES = 65_536
READY_WITHIN_S = 3.0

log = structlog.get_logger()
Endpoint = Callable[[Request], Awaitable[Response]]


def create_application(feed: Feed, ready: Endpoint, origins: tuple[str, ...] = ()) -> ASGIApp:
    """Return the page over a feed; `ready` answers `/readyz`, forms may come from `origins`."""
    app = Starlette(routes=guarded(routes(feed, ready)), exception_handlers=HANDLERS, max_body_size=MAX_BODY_BYTES)
    return Protection(Origins(app, origins))


def routes(feed: Feed, ready: Endpoint) -> list[BaseRoute]:
    """Return every route."""
    return [
        Route("/", to_alerts),
        Route("/fraud-alerts", show_alerts),
        Route("/fraud-alerts/events", _alert_events(feed)),
        *review_pages.ROUTES,
        *rule_pages.ROUTES,
        *account_pages.ROUTES,
        *subject_pages.ROUTES,
        *health_pages.ROUTES,
        Route("/healthz", _healthy),
        Route("/readyz", ready),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]


async def to_alerts(_request: Request) -> Response:
    """Lead to the live alerts."""
    return RedirectResponse("/fraud-alerts", HTTPStatus.SEE_OTHER)


async def show_alerts(request: Request) -> Response:
    """Answer the live page; its alerts come by `/fraud-alerts/events`."""
    return render(request, "alerts.html")


def _alert_events(feed: Feed) -> Endpoint:
    broadcast = Broadcast(feed)

    async def endpoint(request: Request) -> Response:
        """Answer an endless stream of events, from the alert after the one that the page names on."""
        name = "Last-Event-ID" if "Last-Event-ID" in request.headers else "after"
        text = request.headers.get("Last-Event-ID") or request.query_params.get("after")
        stream = EventStream(broadcast, _position(text, name) if text else None)
        return StreamingResponse(stream.events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return endpoint


def _position(text: str, name: str) -> Position:
    try:
        return Position.parse(text)
    except ValueError:
        problem = ProblemError(HTTPStatus.BAD_REQUEST, "this is no position in the stream of alerts", name)
    raise problem


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def readiness(feed: Feed) -> Endpoint:
    """Return the endpoint that tells whether alerts are being read."""

    async def endpoint(_request: Request) -> Response:
        if await feed.is_ready(READY_WITHIN_S):
            return JSONResponse({"status": "ready"})
        raise RetryableError("not ready: Redis does not answer")

    return endpoint


def problem_answer(request: Request, problem: ProblemError) -> Response:
    """Return a problem as a page to those who look at pages, else as JSON."""
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "problem.html", problem.status, {"problem": problem})
    return Response(
        problem_document(problem), problem.status.value, problem.headers, media_type="application/problem+json"
    )


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)  # noqa: S101  Starlette looks handlers up by type
    return problem_answer(request, problem)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", reason=str(error))
    return problem_answer(request, ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error), None, {"Retry-After": "1"}))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  likewise
    status = HTTPStatus(error.status_code)
    return problem_answer(
        request, ProblemError(status, status.description or status.phrase, None, dict(error.headers or {}))
    )


async def _failed(request: Request, _error: Exception) -> Response:
    return problem_answer(request, ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "the request failed"))


HANDLERS = {
    ProblemError: _problem,
    RetryableError: _unavailable,
    HTTPException: _refused,
    Exception: _failed,
}
