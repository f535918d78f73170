"""Server-sent events of one page: what it has not seen yet, then everything as it comes."""

from collections.abc import AsyncIterator

from fraud_page.alerts.broadcast import BEAT, Broadcast
from fraud_page.alerts.position import Position

RECONNECT_MS = 500


class EventStream:
    """The events of one page; `position` is that of the last alert it has, None for a new page."""

    def __init__(self, broadcast: Broadcast, position: Position | None) -> None:
        self._broadcast = broadcast
        self._feed = broadcast.feed
        self._position = position
        self._revision: str | None = None
        self._told: tuple[object, ...] = (None,)
        self._summary: object = None

    async def events(self) -> AsyncIterator[bytes]:
        """Yield events until the page goes or the process ends."""
        yield f"retry: {RECONNECT_MS}\n\n".encode()
        while not self._feed.is_closing:
            news = self._feed.news
            yield b"".join((self._state(), self._alerts(), self._figures())) or BEAT
            await news.wait()

    def _state(self) -> bytes:
        state = (self._feed.is_up, self._feed.detection, self._feed.down)
        if self._feed.is_up is None or state == self._told:
            return b""
        self._told = state
        return self._broadcast.state()

    def _alerts(self) -> bytes:
        if not self._feed.is_loaded:
            return b""
        is_erased = self._revision not in {None, self._feed.revision}  # the page may hold what is to be forgotten
        unseen = self._broadcast.alerts(None if is_erased else self._position)
        self._position, self._revision = self._feed.history.end, self._feed.revision
        return unseen

    def _figures(self) -> bytes:
        if self._feed.summary is self._summary:
            return b""
        self._summary = self._feed.summary
        return self._broadcast.summary()
