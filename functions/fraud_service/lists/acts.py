"""What people do about lists, by whichever door they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from fraud.errors import AbsentError, RetryableError
from fraud.lists import ListEntry, ListText, key_of, kind_of, listed, normal
from fraud.versions import Change
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.lists.record import ListCopy, lists_of
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.versions import Versions

log = structlog.get_logger()


@dataclass(frozen=True)
class ListActs:
    """The acts on lists. Every method raises RetryableError while Firestore is down.

    A change that Redis does not take makes the copy go: it raises RetryableError until it has gone.
    """

    record: Versions[ListEntry] = field(default_factory=lambda: lists_of(documents()))
    copy: ListCopy = field(default_factory=lambda: ListCopy(cache_client()))
    now: Clock = clock.now

    def show(self, kind: str, value: str) -> tuple[ListEntry, list[Change[ListEntry]]]:
        """Return an entry, removed or not, with every change to it. Raises ListError and AbsentError."""
        key = key_of(kind_of(kind), normal(kind_of(kind), value))
        entry = self.record.find(key)
        if entry is None:
            raise AbsentError("this has never been on a list")
        return entry, self.record.history(key)

    def put(self, kind: str, value: str, text: ListText, person: str) -> ListEntry:
        """Put an entry in the place of whatever stands there. Raises ListError."""
        return self._keep(listed(kind, value, text, person, self.now()))

    def put_all(self, entries: Sequence[ListEntry]) -> int:
        """Put many; those that stand as they are wanted are left alone. Return how many were put."""
        standing = {one.key: one for one in self.record.load().items}
        wanted = [one for one in entries if not _stands(standing.get(one.key), one)]
        for one in wanted:
            self.record.change(one, None)
        self.refill()
        return len(wanted)

    def remove(self, kind: str, value: str, person: str) -> ListEntry:
        """Take an entry off its list; one that is off already stays so. Raises ListError and AbsentError."""
        entry, _ = self.show(kind, value)
        if entry.removed:
            return entry
        return self._keep(msgspec.structs.replace(entry, removed=True, author=person, changed_at=self.now()))

    def standing(self) -> list[ListEntry]:
        """Return every entry in force, by key."""
        moment = self.now()
        return sorted((one for one in self.record.load().items if one.in_force(moment)), key=lambda one: one.key)

    def refill(self) -> None:
        """Copy everything to Redis anew."""
        stored = self.record.load()
        self.copy.fill(stored.items, stored.revision)

    def see_to_copy(self) -> None:
        """Copy everything to Redis unless that is there."""
        if not self.copy.is_whole():
            self.refill()

    def _keep(self, entry: ListEntry) -> ListEntry:
        kept = self.record.change(entry, None)
        try:
            if not self.copy.put(kept, self.record.revision() or 0):
                self.refill()
        except RetryableError:
            log.warning("list_not_copied")
            raise
        return kept


def _stands(standing: ListEntry | None, wanted: ListEntry) -> bool:
    if standing is None or standing.removed:
        return False
    return (standing.listing, standing.reason, standing.expires_at) == (
        wanted.listing,
        wanted.reason,
        wanted.expires_at,
    )
