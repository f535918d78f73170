"""Server-sent events of one page: what it has not seen yet, then everything as it comes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import msgspec

from fraud_page.entry import Entry
from fraud_page.feed import Feed
from fraud_page.position import Position

FIRST_ALERTS = 500
"""How many alerts a page starts with."""

BEAT_S = 10.0
"""A page that hears nothing for longer than this knows that its connection is dead."""

RECONNECT_MS = 500


class EventStream:
    """The events of one page; `position` is that of the last alert it has, None for a new page."""

    def __init__(self, feed: Feed, position: Position | None) -> None:
        self._feed = feed
        self._position = position
        self._is_up: bool | None = None
        self._summary: object = None

    async def events(self) -> AsyncIterator[bytes]:
        """Yield events until the page goes or the process ends."""
        self._feed.open_pages += 1
        try:
            yield f"retry: {RECONNECT_MS}\n\n".encode()
            while not self._feed.is_closing:
                news = self._feed.news
                yield b"".join(self._unseen()) or b"event: beat\ndata: {}\n\n"
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), BEAT_S)
        finally:
            self._feed.open_pages -= 1

    def _unseen(self) -> list[bytes]:
        """Return the events that bring the page up to date, and take them as seen."""
        return [*self._state(), *self._alerts(), *self._figures()]

    def _state(self) -> list[bytes]:
        if self._feed.is_up is self._is_up:
            return []
        self._is_up = self._feed.is_up
        return [event("redis", msgspec.json.encode({"is_up": self._is_up}))]

    def _alerts(self) -> list[bytes]:
        if not self._feed.is_loaded:
            return []
        history, position = self._feed.history, self._position
        if position is None or not history.covers(position):
            return [self._event(history.newest(FIRST_ALERTS), starts_anew=True)]
        unseen = history.after(position)
        return [self._event(unseen, starts_anew=False)] if unseen else []

    def _event(self, entries: Sequence[Entry], *, starts_anew: bool) -> bytes:
        self._position = self._feed.history.end
        return event("alerts", _batch(entries, starts_anew=starts_anew), self._position)

    def _figures(self) -> list[bytes]:
        if self._feed.summary is self._summary or self._feed.summary is None:
            return []
        self._summary = self._feed.summary
        return [event("summary", msgspec.json.encode(self._summary))]


def event(name: str, data: bytes, position: Position | None = None) -> bytes:
    """Return a server-sent event; `position` becomes the page's Last-Event-ID."""
    identity = f"id: {position}\n" if position else ""
    return f"{identity}event: {name}\ndata: ".encode() + data + b"\n\n"


def _batch(entries: Sequence[Entry], *, starts_anew: bool) -> bytes:
    alerts = b",".join(entry.encoded for entry in entries)
    return b'{"starts_anew":%b,"alerts":[%b]}' % (b"true" if starts_anew else b"false", alerts)
