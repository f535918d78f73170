"""What pages are sent, written once for all pages that need the same."""

from collections.abc import Sequence

import msgspec

from fraud_page.alerts.entry import Entry
from fraud_page.alerts.feed import Feed
from fraud_page.alerts.position import Position

FIRST_ALERTS = 500
"""How many alerts a page starts with."""

BEAT = b"event: beat\ndata: {}\n\n"


class Broadcast:
    """The events of a feed as it stands; the alerts that were written are kept until others follow."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._alerts: dict[Position | None, bytes] = {}
        self._state: tuple[Position, str] | None = None
        self._summary: tuple[object, bytes] = (None, b"")

    def state(self) -> bytes:
        """Return whether Redis answers, whether the job detects anything, and what else is down."""
        feed = self.feed
        down = [one._asdict() for one in feed.down]
        state = {"is_up": feed.is_up, "detection": feed.detection, "silent_s": feed.silent_s, "down": down}
        return event("state", msgspec.json.encode(state))

    def alerts(self, position: Position | None) -> bytes:
        """Return the alerts after a position; the newest where that is unknown, as at the start of a page."""
        state = (self.feed.history.end, self.feed.revision)
        if self._state != state:
            self._alerts, self._state = {}, state
        if position not in self._alerts:
            self._alerts[position] = self._written(position)
        return self._alerts[position]

    def _written(self, position: Position | None) -> bytes:
        history = self.feed.history
        if position is None or not history.covers(position):
            return event("alerts", _batch(history.newest(FIRST_ALERTS), starts_anew=True), history.end)
        unseen = history.after(position)
        return event("alerts", _batch(unseen, starts_anew=False), history.end) if unseen else b""

    def summary(self) -> bytes:
        """Return the figures of the last hour."""
        if self._summary[0] is not self.feed.summary:
            self._summary = (self.feed.summary, event("summary", msgspec.json.encode(self.feed.summary)))
        return self._summary[1]


def event(name: str, data: bytes, position: Position | None = None) -> bytes:
    """Return a server-sent event; `position` becomes the page's Last-Event-ID."""
    identity = f"id: {position}\n" if position else ""
    return f"{identity}event: {name}\ndata: ".encode() + data + b"\n\n"


def _batch(entries: Sequence[Entry], *, starts_anew: bool) -> bytes:
    alerts = b",".join(entry.encoded for entry in entries)
    return b'{"starts_anew":%b,"alerts":[%b]}' % (b"true" if starts_anew else b"false", alerts)
