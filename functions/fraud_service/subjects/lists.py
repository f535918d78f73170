"""A subject's card on lists.

Policy, as for what was decided about a card: a card that is blocked stays blocked, as a bare token with an expiry: no
reason, no author, no history. Any other entry about it goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from fraud.erasure.request import Run, Tally
from fraud.lists import COLLECTION, SETS, ListEntry, Listing, ListKind, key_of
from fraud.subjects.subject import Subject
from fraud_service.lists.record import ListCopy
from fraud_service.stores.documents import Snapshot, from_document, plain, reaching_firestore, to_document
from fraud_service.subjects.cards import KEPT_BY

STORE = "firestore.lists"
TIMEOUT_S = 10.0


def bare_entry(entry: ListEntry, now: datetime, life: timedelta) -> ListEntry:
    """Return a block without anything that tells of its cause; it ends after `life` at the latest."""
    latest = now + life
    ends = min(entry.expires_at or latest, latest)
    return ListEntry(
        kind=entry.kind,
        value=entry.value,
        listing=Listing.BLOCK,
        reason="fraud prevention",
        expires_at=ends,
        version=entry.version + 1,
        author=KEPT_BY,
        changed_at=now,
    )


@dataclass(frozen=True)
class SubjectLists:
    """The entries about cards; a kept block ends after `block_life`."""

    documents: firestore.Client
    copy: ListCopy
    block_life: timedelta

    def count(self, run: Run, _now: datetime) -> Tally:
        """Return how many entries each erasure finds that are more than a bare block."""
        counts = run.tally([STORE])
        for entry in self._held(run):
            for owner in run.owners(entry.value):
                counts[owner.request_id][STORE] += 1
        return counts

    def erase(self, run: Run, now: datetime) -> dict[str, dict[str, datetime]]:
        """Reduce blocks to bare ones, remove every other entry; return what is kept until when, by request.

        Raises RetryableError while a store is down.
        """
        held = self._held(run)
        for entry in held:
            self._erase(entry, now)
        if held:
            self.copy.drop()
        kept = [entry for entry in self._entries(run.card_tokens) if entry.in_force(now)]
        return {
            owner.request_id: {STORE: entry.expires_at}
            for entry in kept
            for owner in run.owners(entry.value)
            if entry.expires_at is not None
        }

    def held(self, subject: Subject, _limit: int) -> dict[str, list[dict[str, Any]]]:
        """Return the entries about a subject's cards. Raises RetryableError while Firestore is down."""
        return {STORE: [plain(one.to_dict()) for one in self._snapshots(subject.card_tokens)]}

    def _held(self, run: Run) -> list[ListEntry]:
        return [entry for entry in self._entries(run.card_tokens) if entry.author != KEPT_BY]

    def _entries(self, card_tokens: Sequence[str]) -> list[ListEntry]:
        return [from_document(one.to_dict() or {}, ListEntry) for one in self._snapshots(card_tokens)]

    def _snapshots(self, card_tokens: Sequence[str]) -> list[Snapshot]:
        references = [self._reference(token) for token in card_tokens]
        with reaching_firestore():
            found = list(self.documents.get_all(references, timeout=TIMEOUT_S)) if references else []
        return [one for one in found if one.exists]

    def _reference(self, token: str) -> firestore.DocumentReference:
        return self.documents.collection(COLLECTION).document(key_of(ListKind.CARD, token))

    def _erase(self, entry: ListEntry, now: datetime) -> None:
        """Leave the bare block, or nothing; the count of erasures tells readers to read everything anew."""
        reference, changes = self._reference(entry.value), self.documents.collection(SETS).document(COLLECTION)

        @firestore.transactional
        def replace(transaction: firestore.Transaction) -> None:
            document = reference.get(transaction=transaction, timeout=TIMEOUT_S).to_dict()
            counted = changes.get(transaction=transaction, timeout=TIMEOUT_S).to_dict() or {}
            if document is None or (current := from_document(document, ListEntry)).author == KEPT_BY:
                return
            revision = int(counted.get("revision", 0)) + 1
            if current.listing is Listing.BLOCK and current.in_force(now):
                kept = to_document(bare_entry(current, now, self.block_life))
                transaction.set(reference, kept | {"revision": revision})
            else:
                transaction.delete(reference)
            erasures = int(counted.get("erasures", 0)) + 1
            transaction.set(changes, {"revision": revision, "erasures": erasures, "changed_at": now}, merge=True)

        with reaching_firestore():
            for below in reference.collections(timeout=TIMEOUT_S):
                self.documents.recursive_delete(below)
            replace(self.documents.transaction())
