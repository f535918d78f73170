"""Rules in Firestore: each with every version it has had, and one count of changes to them all.

`rules/{rule_id}` is the version that stands, `rules/{rule_id}/versions/{version}` the audit trail, `rule_sets/live` the
number of changes so far. A change writes all three in one transaction, so whoever sees the number rise and reads the
rules sees that change and every one before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from google.cloud import firestore

from fraud.rules.change import RuleChange, revised
from fraud.rules.rule import Rule, RuleError, compiled
from fraud_service.stores.documents import from_document, reaching_firestore, to_document

COLLECTION = "rules"
VERSIONS = "versions"
SETS = "rule_sets"
LIVE = "live"
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class StoredRules:
    """All rules as they stood together; `revision` is the number of changes until then.

    `refused` are the ids of documents that are no sound rule: someone has written past the API.
    """

    revision: int
    rules: list[Rule]
    refused: list[str]


@dataclass(frozen=True)
class Rules:
    """The rules' record. Every method raises RetryableError while Firestore is down."""

    documents: firestore.Client

    def revision(self) -> int | None:
        """Return the number of changes so far, None before the first start has put the default rules."""
        with reaching_firestore():
            return _revision(self._set.get(timeout=TIMEOUT_S))

    def load(self) -> StoredRules:
        """Return every rule that stands, all of one moment."""

        @firestore.transactional
        def read(transaction: firestore.Transaction) -> StoredRules:
            revision = _revision(self._set.get(transaction=transaction, timeout=TIMEOUT_S))
            snapshots = self.documents.collection(COLLECTION).stream(transaction=transaction, timeout=TIMEOUT_S)
            sound = {snapshot.id: _sound(snapshot) for snapshot in snapshots}
            rules = [rule for rule in sound.values() if rule]
            return StoredRules(revision or 0, rules, [rule_id for rule_id, rule in sound.items() if rule is None])

        with reaching_firestore():
            stored: StoredRules = read(self.documents.transaction(read_only=True))
            return stored

    def provide(self, rules: Iterable[Rule], now: datetime) -> None:
        """Put the first rules, unless rules have ever been put."""

        @firestore.transactional
        def put(transaction: firestore.Transaction) -> None:
            if _revision(self._set.get(transaction=transaction, timeout=TIMEOUT_S)) is None:
                for revision, rule in enumerate(rules, 1):
                    self._write(transaction, None, msgspec.structs.replace(rule, changed_at=now), revision)

        with reaching_firestore():
            put(self.documents.transaction())

    def change(self, wanted: Rule, expected: int) -> Rule:
        """Put a rule in place of its version `expected` (0: there is none yet) and return the version that stands.

        Raises RuleError and RuleConflictError.
        """

        @firestore.transactional
        def put(transaction: firestore.Transaction) -> Rule:
            before = _rule(self._reference(wanted.rule_id).get(transaction=transaction, timeout=TIMEOUT_S))
            revision = _revision(self._set.get(transaction=transaction, timeout=TIMEOUT_S)) or 0
            after = revised(before, wanted, expected)
            if after is not before:
                self._write(transaction, before, after, revision + 1)
            return after

        with reaching_firestore():
            rule: Rule = put(self.documents.transaction())
            return rule

    def find(self, rule_id: str) -> Rule | None:
        """Return the version that stands, or None. Raises RuleError for a document that is no rule."""
        with reaching_firestore():
            return _rule(self._reference(rule_id).get(timeout=TIMEOUT_S))

    def history(self, rule_id: str) -> list[RuleChange]:
        """Return every change to a rule, oldest first."""
        with reaching_firestore():
            snapshots = self._reference(rule_id).collection(VERSIONS).stream(timeout=TIMEOUT_S)
            return [from_document(snapshot.to_dict() or {}, RuleChange) for snapshot in snapshots]

    @property
    def _set(self) -> firestore.DocumentReference:
        return self.documents.collection(SETS).document(LIVE)

    def _reference(self, rule_id: str) -> firestore.DocumentReference:
        return self.documents.collection(COLLECTION).document(rule_id)

    def _write(self, transaction: firestore.Transaction, before: Rule | None, after: Rule, revision: int) -> None:
        reference = self._reference(after.rule_id)
        change = RuleChange(revision=revision, before=before, after=after)
        transaction.set(reference, to_document(after))
        transaction.create(reference.collection(VERSIONS).document(f"{after.version:08d}"), to_document(change))
        transaction.set(self._set, {"revision": revision, "changed_at": after.changed_at})


Snapshot = firestore.DocumentSnapshot[firestore.DocumentReference]


def _rule(snapshot: Snapshot) -> Rule | None:
    document = snapshot.to_dict()
    if document is None:
        return None
    try:
        return from_document(document | {"rule_id": snapshot.id}, Rule)
    except msgspec.ValidationError as error:
        raise RuleError(
            snapshot.id, None, "its document has been spoilt past this API: mend it in Firestore"
        ) from error


def _sound(snapshot: Snapshot) -> Rule | None:
    try:
        rule = _rule(snapshot)
        if rule:
            compiled(rule)
    except RuleError:
        return None
    return rule


def _revision(snapshot: Snapshot) -> int | None:
    document = snapshot.to_dict()
    return int(document["revision"]) if document else None
