"""The live page, and the stream of events that feeds it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from fraud_page.alerts.broadcast import Broadcast
from fraud_page.alerts.event_stream import EventStream
from fraud_page.alerts.feed import Feed
from fraud_page.alerts.position import Position
from fraud_page.http.view import render
from fraud_service.http.query import parameter


def routes(feed: Feed) -> Sequence[Route]:
    """Return the page's addresses; its alerts come from the feed."""
    return (
        Route("/", to_alerts),
        Route("/fraud-alerts", show_alerts),
        Route("/fraud-alerts/events", _alert_events(feed)),
    )


async def to_alerts(_request: Request) -> Response:
    """Lead to the live alerts."""
    return RedirectResponse("/fraud-alerts", HTTPStatus.SEE_OTHER)


async def show_alerts(request: Request) -> Response:
    """Answer the live page; its alerts come by `/fraud-alerts/events`."""
    return render(request, "alerts.html")


def _alert_events(feed: Feed) -> Callable[[Request], Awaitable[Response]]:
    broadcast = Broadcast(feed)

    async def endpoint(request: Request) -> Response:
        """Answer an endless stream of events, from the alert after the one that the page names on."""
        position = _position(request.headers, "Last-Event-ID") or _position(request.query_params, "after")
        events = EventStream(broadcast, position).events()
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return endpoint


def _position(arguments: Mapping[str, str], name: str) -> Position | None:
    return parameter(arguments, name, Position.parse, None) if arguments.get(name) else None
