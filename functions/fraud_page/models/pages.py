"""The models pages: how good they are, and what the gate held back, each of which a person may have looked at."""

from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fraud.errors import RetryableError
from fraud.models.drift import ACT, LOOK, weeks_of
from fraud.models.quality import MOST_FALSE_POSITIVES, courses
from fraud.models.suppressed import THRESHOLD
from fraud_page.http.act import read_act
from fraud_page.http.view import render
from fraud_service.clock import now
from fraud_service.http.body import read_fields
from fraud_service.models.quality import PERIOD as QUALITY_PERIOD
from fraud_service.models.quality import model_drift, model_quality
from fraud_service.models.suppressed import MOST, PERIOD, Raising, SuppressedActs
from fraud_service.stores.warehouse import warehouse


def show_models(request: Request) -> Response:
    """Answer how each model did, and how far what it sees has moved, by week."""
    limits = {"limit": MOST_FALSE_POSITIVES, "look": LOOK, "act": ACT, "weeks": QUALITY_PERIOD.days // 7}
    values = limits | {"courses": [], "drifts": {}, "unreachable": ""}
    try:
        found, moved = courses(model_quality(warehouse(), now())), model_drift(warehouse(), now())
        drifts = {one.model_version: weeks_of(moved, one.model_version) for one in found}
        return render(request, "models.html", values=values | {"courses": found, "drifts": drifts})
    except RetryableError as error:
        return render(request, "models.html", HTTPStatus.SERVICE_UNAVAILABLE, values | {"unreachable": str(error)})


def show_suppressed(request: Request) -> Response:
    """Answer the latest payments that the gate held back, with what held them back."""
    values = {"threshold": THRESHOLD, "days": PERIOD.days, "most": MOST, "unreachable": "", "suppressed": []}
    try:
        return render(request, "suppressed.html", values=values | {"suppressed": SuppressedActs().listed()})
    except RetryableError as error:
        return render(request, "suppressed.html", HTTPStatus.SERVICE_UNAVAILABLE, values | {"unreachable": str(error)})


async def raise_by_hand(request: Request) -> Response:
    """Open a review of a payment that was held back, and show it."""
    fields, name = await read_act(request)
    wanted = read_fields(fields, Raising)
    review = await run_in_threadpool(lambda: SuppressedActs().raise_by_hand(wanted, name))
    query = urlencode({"transaction_id": review.transaction_id})
    return RedirectResponse(f"/reviews/review?{query}", HTTPStatus.SEE_OTHER)


ROUTES = (
    Route("/models", show_models),
    Route("/models/suppressed", show_suppressed),
    Route("/models/suppressed", raise_by_hand, methods=["POST"]),
)
