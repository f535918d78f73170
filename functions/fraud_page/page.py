"""The page of this process, put together at its first request: only then is there an event loop."""

from functools import cache
from time import time_ns

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fraud_page.alerts.feed import Feed
from fraud_page.alerts.source import LiveRedis
from fraud_page.application import create_application, readiness
from fraud_page.health.watch import Watch
from fraud_page.settings import PageSettings
from fraud_page.shutdown import on_shutdown
from fraud_service.clock import now
from fraud_service.contact import calls
from fraud_service.settings import RedisSettings


@cache
def page() -> ASGIApp:
    """Return the page, its feed begun; to be called in the event loop."""
    source = LiveRedis.at(RedisSettings().redis_url.get_secret_value())
    watch = Watch(calls("card-actions"), now)
    feed = Feed(source, lambda: time_ns() // 1_000_000, watch.down)
    watch.start()
    feed.start()
    on_shutdown(feed.close)
    return create_application(feed, watch, readiness(feed), PageSettings().page_origins)


class PageResponse(Response):
    """What a function returns to let the page answer: the framework calls it with the request's scope."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the page answer."""
        await page()(scope, receive, send)
