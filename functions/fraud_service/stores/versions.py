"""Things with versions in Firestore: each with every version it has had, and one count of changes to all of a kind.

`{collection}/{key}` is the version that stands, `…/versions/{version}` the audit trail, `rule_sets/{set}` the number of
changes so far. A change writes all three in one transaction, so whoever sees the number rise and reads the things sees
that change and every one before it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from google.cloud import firestore

from fraud.errors import InvalidError
from fraud.versions import Change, Versioned, revised
from fraud_service.stores.documents import Snapshot, document_id, from_document, reaching_firestore, to_document
from fraud_service.stores.foreign import ours

VERSIONS = "versions"
SETS = "rule_sets"
TIMEOUT_S = 5.0
_SPOILT = "its document has been spoilt past this API: mend it in Firestore"

Item = TypeVar("Item", bound=Versioned)


@dataclass(frozen=True)
class Kind(Generic[Item]):
    """What is kept: where, how a struct is read, which field is its key, which fields are its content.

    `check` raises InvalidError for one that cannot be; `refused` makes such an error of a key, a field to blame and
    what is wrong. Where `numbered`, a document says by `revision` which change it is, so that a reader can ask for what
    came later.
    """

    collection: str
    set_name: str
    struct: type[Item]
    key: str
    content: tuple[str, ...]
    check: Callable[[Item], object]
    refused: Callable[[str, str | None, str], InvalidError]
    numbered: bool = False


@dataclass(frozen=True)
class Stored(Generic[Item]):
    """All things of a kind as they stood together; `revision` is the number of changes until then.

    `refused` are the keys of documents that hold no sound one: someone has written past the API.
    """

    revision: int
    items: list[Item]
    refused: list[str]


@dataclass(frozen=True)
class Versions(Generic[Item]):
    """The record of a kind. Every method raises RetryableError while Firestore is down."""

    documents: firestore.Client
    kind: Kind[Item]

    def revision(self) -> int | None:
        """Return the number of changes so far, None before the first."""
        with reaching_firestore():
            return _revision(self._set.get(timeout=TIMEOUT_S))

    def load(self) -> Stored[Item]:
        """Return everything that stands, all of one moment."""

        @firestore.transactional
        def read(transaction: firestore.Transaction) -> Stored[Item]:
            revision = _revision(self._set.get(transaction=transaction, timeout=TIMEOUT_S))
            snapshots = self._collection.stream(transaction=transaction, timeout=TIMEOUT_S)
            sound = {snapshot.id: self._sound(snapshot) for snapshot in snapshots}
            items = [item for item in sound.values() if item]
            return Stored(revision or 0, items, [key for key, item in sound.items() if item is None])

        with reaching_firestore():
            stored: Stored[Item] = read(self.documents.transaction(read_only=True))
            return stored

    def provide(self, items: Iterable[Item], now: datetime) -> None:
        """Put the first ones, unless some have ever been put."""

        @firestore.transactional
        def put(transaction: firestore.Transaction) -> None:
            if _revision(self._set.get(transaction=transaction, timeout=TIMEOUT_S)) is None:
                for revision, item in enumerate(items, 1):
                    self._write(transaction, None, _dated(item, now), revision)

        with reaching_firestore():
            put(self.documents.transaction())

    def change(self, wanted: Item, expected: int | None) -> Item:
        """Put one in place of its version `expected` (0: there is none yet) and return the version that stands.

        None is whichever stands. Raises InvalidError and VersionConflictError.
        """
        self.kind.check(wanted)

        @firestore.transactional
        def put(transaction: firestore.Transaction) -> Item:
            reference = self._reference(self._key(wanted))
            before = self._item(reference.get(transaction=transaction, timeout=TIMEOUT_S))
            revision = _revision(self._set.get(transaction=transaction, timeout=TIMEOUT_S)) or 0
            standing = before.version if before else 0
            after = revised(before, wanted, standing if expected is None else expected, self.kind.content)
            if after is not before:
                self._write(transaction, before, after, revision + 1)
            return after

        with reaching_firestore():
            item: Item = put(self.documents.transaction())
            return item

    def find(self, key: str) -> Item | None:
        """Return the version that stands, or None. Raises InvalidError for a document that holds none."""
        with reaching_firestore():
            return self._item(self._reference(key).get(timeout=TIMEOUT_S))

    def history(self, key: str) -> list[Change[Item]]:
        """Return every change to one, oldest first."""
        with reaching_firestore():
            snapshots = self._reference(key).collection(VERSIONS).stream(timeout=TIMEOUT_S)
            change: Any = Change[self.kind.struct]  # type: ignore[name-defined]  # msgspec reads it when it runs
            held = ours(
                f"firestore.{self.kind.collection}", snapshots, lambda one: from_document(one.to_dict() or {}, change)
            )
            return [one for _, one in held]

    @property
    def _collection(self) -> firestore.CollectionReference:
        return self.documents.collection(self.kind.collection)

    @property
    def _set(self) -> firestore.DocumentReference:
        return self.documents.collection(SETS).document(self.kind.set_name)

    def _reference(self, key: str) -> firestore.DocumentReference:
        return self._collection.document(document_id(key))

    def _key(self, item: Item) -> str:
        return str(getattr(item, self.kind.key))

    def _write(self, transaction: firestore.Transaction, before: Item | None, after: Item, revision: int) -> None:
        reference = self._reference(self._key(after))
        change: Change[Item] = Change(revision=revision, before=before, after=after)
        number = {"revision": revision} if self.kind.numbered else {}
        transaction.set(reference, _document(after) | number)
        transaction.create(reference.collection(VERSIONS).document(f"{after.version:08d}"), to_document(change))
        transaction.set(self._set, {"revision": revision, "changed_at": after.changed_at}, merge=True)

    def _item(self, snapshot: Snapshot) -> Item | None:
        document = snapshot.to_dict()
        if document is None:
            return None
        try:
            return _read(document, self.kind.struct)
        except msgspec.ValidationError as error:
            raise self.kind.refused(snapshot.id, None, _SPOILT) from error

    def _sound(self, snapshot: Snapshot) -> Item | None:
        try:
            item = self._item(snapshot)
            if item:
                self.kind.check(item)
        except InvalidError:
            return None
        return item


def _read(document: dict[str, Any], struct: type[Item]) -> Item:
    item: Item = from_document(document, struct)  # type: ignore[type-var]  # it is a struct
    return item


def _document(item: object) -> dict[str, Any]:
    return to_document(item)  # type: ignore[arg-type]  # likewise


def _dated(item: Item, now: datetime) -> Item:
    dated: Item = msgspec.structs.replace(item, changed_at=now)  # type: ignore[type-var]  # likewise
    return dated


def _revision(snapshot: Snapshot) -> int | None:
    document = snapshot.to_dict()
    if document is None:
        return None
    held = ours(f"firestore.{SETS}", [document], lambda one: int(one["revision"]))
    return held[0][1] if held else 0
