"""The page as an ASGI application."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from fraud.errors import FraudError, RetryableError
from fraud_page import reviews as review_pages
from fraud_page.accounts import pages as account_pages
from fraud_page.alerts import campaigns as campaign_pages
from fraud_page.alerts import pages as alert_pages
from fraud_page.alerts.feed import Feed
from fraud_page.detections import pages as detection_pages
from fraud_page.health import pages as health_pages
from fraud_page.health.watch import Watch
from fraud_page.http.act import NamelessError, ask_for_name
from fraud_page.http.guard import guarded
from fraud_page.http.origins import Origins
from fraud_page.http.protection import Protection
from fraud_page.http.view import render
from fraud_page.lists import pages as list_pages
from fraud_page.models import pages as model_pages
from fraud_page.rules import pages as rule_pages
from fraud_page.subjects import pages as subject_pages
from fraud_service.http import asgi
from fraud_service.http.problem import ProblemError, problem_of

FOLDER = Path(__file__).parent
MAX_BODY_BYTES = 65_536
READY_WITHIN_S = 3.0

Endpoint = Callable[[Request], Awaitable[Response]]


def create_application(feed: Feed, watch: Watch, ready: Endpoint, origins: tuple[str, ...] = ()) -> ASGIApp:
    """Return the page over a feed and a watch; `ready` answers `/readyz`, forms may come from `origins`."""
    every = guarded(routes(feed, watch, ready))
    app = Starlette(routes=every, exception_handlers=HANDLERS, max_body_size=MAX_BODY_BYTES)
    return Protection(Origins(app, origins))


def routes(feed: Feed, watch: Watch, ready: Endpoint) -> list[BaseRoute]:
    """Return every route."""
    return [
        *alert_pages.routes(feed),
        *campaign_pages.ROUTES,
        *review_pages.ROUTES,
        *detection_pages.ROUTES,
        *rule_pages.ROUTES,
        *list_pages.ROUTES,
        *model_pages.ROUTES,
        *account_pages.ROUTES,
        *subject_pages.ROUTES,
        *health_pages.routes(watch),
        Route("/healthz", _healthy),
        Route("/readyz", ready),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]


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
    return asgi.problem_answer(problem)


async def _problem(request: Request, error: Exception) -> Response:
    return problem_answer(request, problem_of(error))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  Starlette looks handlers up by type
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    return problem_answer(request, ProblemError(status, status.description or status.phrase, None, headers))


HANDLERS = {
    NamelessError: ask_for_name,
    ProblemError: _problem,
    FraudError: _problem,
    HTTPException: _refused,
    Exception: _problem,
}
