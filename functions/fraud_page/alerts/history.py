"""The newest alerts in memory, as many as the Redis stream keeps, so that a page that comes back misses none."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from fraud_page.alerts.entry import Entry
from fraud_page.alerts.position import START, Position


class History:
    """At most `limit` entries in the stream's order."""

    def __init__(self, limit: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._is_cut = False

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def end(self) -> Position:
        """The position of the newest entry."""
        return self._entries[-1].position if self._entries else START

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries that follow the newest one."""
        for entry in entries:
            self._is_cut = self._is_cut or len(self._entries) == self._entries.maxlen
            self._entries.append(entry)

    def replace(self, entries: Sequence[Entry], *, is_cut: bool) -> None:
        """Start anew from what Redis holds; `is_cut` tells that older entries may be gone there."""
        self._entries.clear()
        self._is_cut = False
        self.append(entries)
        self._is_cut = self._is_cut or is_cut

    def covers(self, position: Position) -> bool:
        """Tell whether every entry after a position is here."""
        return not self._is_cut or (len(self) > 0 and position >= self._entries[0].position)

    def after(self, position: Position) -> list[Entry]:
        """Return the entries after a position, oldest first."""
        newer = takewhile(lambda entry: entry.position > position, reversed(self._entries))
        return list(newer)[::-1]

    def newest(self, number: int) -> list[Entry]:
        """Return at most `number` entries, oldest first."""
        return list(islice(reversed(self._entries), number))[::-1]

    def since(self, at_ms: int) -> list[Entry]:
        """Return the entries that Redis took in at a moment (Unix ms) or later, oldest first."""
        return self.after(Position(at_ms - 1, 10**18))
