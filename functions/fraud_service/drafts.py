"""What people do about rules and detections, by whichever door they come: both are written, tried, kept in versions."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from fraud.errors import AbsentError, ConflictError
from fraud.rules.expression import Expression, ExpressionError
from fraud.rules.literals import check_literals
from fraud.rules.rule import Mode, ModeSwitch, is_id
from fraud.versions import Versioned
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.stores.versions import Versions


class Draft(Protocol):
    """What a person writes, and the version that it replaces, 0 for a new one."""

    @property
    def mode(self) -> Mode:
        """Return what a match leads to."""

    @property
    def version(self) -> int:
        """Return the version that stood when it was begun."""


Item = TypeVar("Item", bound=Versioned)


@dataclass(frozen=True)
class DraftActs(Generic[Item]):
    """The acts on one kind, of which there may be `most`. Every method raises RetryableError while Firestore is down.

    The record's `check` returns the expression.
    """

    record: Versions[Item]
    most: int
    now: Clock = clock.now

    @property
    def noun(self) -> str:
        """What one of the kind is called."""
        return self.record.kind.key.removesuffix("_id")

    def show(self, key: str) -> Item:
        """Return the version that stands. Raises AbsentError, and InvalidError for a document that holds none."""
        item = self.record.find(key) if is_id(key) else None
        if item is None:
            raise AbsentError(f"there is no {self.noun} of this id")
        return item

    def drafted(self, key: str, draft: Draft, person: str) -> Item:
        """Return one as somebody wants it; nothing is kept. Raises InvalidError for one that cannot be."""
        kind = self.record.kind
        if not is_id(key):
            raise kind.refused("draft", kind.key, "an id is lower-case letters, digits, - and _")
        item = self._signed(key, draft, person)
        expression = kind.check(item)
        assert isinstance(expression, Expression)  # noqa: S101  so it is for what has drafts
        try:
            check_literals(expression)
        except ExpressionError as error:
            raise kind.refused(key, "expression", error.problem) from None
        return item

    def save(self, key: str, draft: Draft, person: str) -> Item:
        """Put one in the place of the version it names. Raises InvalidError, VersionConflictError and ConflictError."""
        item = self.drafted(key, draft, person)
        if draft.version == 0 and len(self.record.load().items) >= self.most:
            raise ConflictError(f"there are {self.most} {self.noun}s already: change one instead")
        return self.record.change(item, draft.version)

    def switch(self, key: str, switch: ModeSwitch, person: str) -> Item:
        """Put the next version, which differs in its mode. Raises AbsentError, InvalidError, VersionConflictError."""
        text = msgspec.structs.replace(self.show(key), mode=switch.mode)  # type: ignore[type-var]  # it is a struct
        return self.record.change(self._signed(key, text, person), switch.version)

    def _signed(self, key: str, text: object, person: str) -> Item:
        """Return what a person has written at this moment."""
        kind = self.record.kind
        content = {name: getattr(text, name) for name in kind.content}
        signed = {kind.key: key, "author": person, "changed_at": self.now()}
        return kind.struct(**signed, **content)
