"""Things that people change one at a time, each with every version it has had."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Generic, Protocol, TypeVar

import msgspec

from fraud.errors import ConflictError, InvalidError

SCHEMA_VERSION = 1


class Versioned(Protocol):
    """A msgspec struct of which there are versions, from 1 on; `author` made this one, at `changed_at`."""

    @property
    def version(self) -> int:
        """Return the number of this version."""

    @property
    def author(self) -> str:
        """Return who made it."""

    @property
    def changed_at(self) -> datetime | None:
        """Return when."""


Item = TypeVar("Item", bound=Versioned)


class RefusedError(InvalidError):
    """One that is refused: which, the field to blame, and the character of its expression where the trouble starts."""

    noun: ClassVar[str]

    def __init__(self, key: str, field: str | None, problem: str, position: int | None = None) -> None:
        detail = f"character {position}: {problem}" if position else problem
        place = f"{self.noun} {key}" + (f", {field}" if field else "")
        super().__init__(f"{place}{', ' if position else ': '}{detail}", detail, field)


class VersionConflictError(ConflictError):
    """The change was made to another version than the one that stands."""

    field = "version"


class Change(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """One entry of an audit trail.

    `revision` orders the changes of all things of a kind; `before` is None for a new one; `after` says who made the
    change (`author`) and when (`changed_at`).
    """

    schema_version: int = SCHEMA_VERSION
    revision: int
    before: Item | None
    after: Item


def revised(before: Item | None, wanted: Item, expected: int, content: Iterable[str]) -> Item:
    """Return what is wanted as the next version after `expected`, 0 for something new.

    Returns `before` itself where it is that already, by the fields of `content`: the answer to the change was lost, and
    it is sent again. Raises VersionConflictError where another version than `expected` stands.
    """
    standing = before.version if before else 0
    if standing == expected:
        return msgspec.structs.replace(wanted, version=expected + 1)  # type: ignore[type-var]  # it is a struct
    is_same = before and all(getattr(before, name) == getattr(wanted, name) for name in content)
    if before and is_same and standing == expected + 1 and before.author == wanted.author:
        return before
    raise VersionConflictError(f"version {standing} stands, not {expected}")
