"""The health page for people, and the same figures for Prometheus."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fraud.health.gauges import figures, hit_metrics, metrics, worst
from fraud_page.health.readings import Readings, read_hits, read_values
from fraud_page.http.view import render
from fraud_service.clock import now
from fraud_service.erasure.record import Erasures
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def show_health(request: Request) -> Response:
    """Answer every figure with its limits and how it stands to them."""
    readings = _read()
    shown = figures(readings.values, readings.notes)
    values = {"figures": shown, "worst": worst(shown), "troubles": readings.troubles, "read_at": now()}
    return render(request, "health.html", values=values)


def show_metrics(_request: Request) -> Response:
    """Answer the figures in Prometheus' text format; what could not be read is left out."""
    readings = _read()
    shown = figures(readings.values, readings.notes)
    return PlainTextResponse(metrics(shown) + hit_metrics(read_hits(cache_client())), media_type=_PROMETHEUS)


def _read() -> Readings:
    return read_values(cache_client(), Reviews(documents()), Erasures(documents()), now())


ROUTES = (Route("/health-board", show_health), Route("/metrics", show_metrics))
