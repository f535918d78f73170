"""The health page for people, and the same figures for Prometheus."""

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fraud.health.components import ADVICE, Component, Standing, component_metrics, job_standing, section
from fraud.health.gauges import figures, hit_metrics, metrics, worst
from fraud_page.health.readings import Readings, read_hits, read_values
from fraud_page.health.watch import Watch
from fraud_page.http.view import render
from fraud_service.clock import now
from fraud_service.erasure.record import Erasures
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.raw_topic import Reach

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def routes(watch: Watch) -> Sequence[Route]:
    """Return the page's addresses; how the components stand comes from the watch."""

    def show_health(request: Request) -> Response:
        """Answer every figure with its limits and how it stands to them, and every component."""
        moment = now()
        readings = _read(watch, moment)
        shown = figures(readings.values, readings.notes)
        values = {
            "figures": shown,
            "worst": worst(shown),
            "troubles": readings.troubles(one.name for one in watch.down()),
            "standings": _standings(watch, readings, moment),
            "advice": ADVICE,
            "section": section,
            "read_at": moment,
        }
        return render(request, "health.html", values=values)

    def show_metrics(_request: Request) -> Response:
        """Answer the figures in Prometheus' text format; what could not be read is left out."""
        moment = now()
        readings = _read(watch, moment)
        shown = metrics(figures(readings.values, readings.notes))
        stand = component_metrics(_standings(watch, readings, moment))
        return PlainTextResponse(shown + hit_metrics(read_hits(cache_client())) + stand, media_type=_PROMETHEUS)

    return (Route("/health-board", show_health), Route("/metrics", show_metrics))


def _read(watch: Watch, moment: datetime) -> Readings:
    reach = watch.answer(Component.KAFKA)
    ends = reach.ends if isinstance(reach, Reach) else None
    return read_values(cache_client(), Reviews(documents()), Erasures(documents()), moment, ends)


def _standings(watch: Watch, readings: Readings, moment: datetime) -> list[Standing]:
    return [*watch.standings(), job_standing(readings.values.get("progress_age_seconds"), moment)]
