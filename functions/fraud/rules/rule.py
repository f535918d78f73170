"""A rule: what to do about a card when an expression holds for an alert; data that the fraud team changes at will."""

from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from typing import Annotated

import msgspec

from fraud.cards import Action
from fraud.rules.expression import Expression, ExpressionError
from fraud.versions import RefusedError

MAX_FILE_BYTES = 1_000_000


class Mode(StrEnum):
    """What a rule's match leads to."""

    LIVE = "live"
    """It acts."""
    SHADOW = "shadow"
    """It is recorded what it would have done."""
    OFF = "off"
    """It is not looked at."""


RuleId = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}\Z")]
Priority = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
LifeSeconds = Annotated[int, msgspec.Meta(ge=60, le=366 * 86_400)]
Description = Annotated[str, msgspec.Meta(max_length=500)]


Standing = Annotated[int, msgspec.Meta(ge=0)]
"""The version that a change replaces, 0 where there is none."""


class ModeSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of mode alone, of a rule or a detection."""

    mode: Mode
    version: Standing


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a rule or a detection."""
    try:
        msgspec.convert(text, RuleId)
    except msgspec.ValidationError:
        return False
    return True


class RuleText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes of a rule.

    Among rules with equally strong actions the one of lower `priority` gives the reason, then the one whose id comes
    first. `action_life_s` is how many seconds the action holds; None is until a person releases the card.
    """

    expression: str
    action: Action
    mode: Mode = Mode.LIVE
    priority: Priority = 100
    action_life_s: LifeSeconds | None = None
    description: Description = ""


class Rule(RuleText, frozen=True, kw_only=True):
    """One version of a rule."""

    rule_id: RuleId
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    author: str = ""
    changed_at: datetime | None = None

    @property
    def source(self) -> str:
        """The rule and its version, as card actions and reviews name what led to them."""
        return f"rule:{self.rule_id}@{self.version}"


class RuleError(RefusedError):
    """A rule that is refused."""

    noun = "rule"


def compiled(rule: Rule) -> Expression:
    """Return the rule's expression. Raises RuleError."""
    try:
        return Expression(rule.expression)
    except ExpressionError as error:
        raise RuleError(rule.rule_id, "expression", error.problem, error.position) from error


def read_rules(document: bytes) -> list[Rule]:
    """Return the rules of a JSON list. Raises RuleError; a rule is named by its place in the list."""
    if len(document) > MAX_FILE_BYTES:
        raise RuleError("file", None, f"it is longer than {MAX_FILE_BYTES} bytes")
    try:
        rules = msgspec.json.decode(document, type=list[Rule])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RuleError("file", None, str(error)) from error
    for rule in rules:
        compiled(rule)
    return rules


def default_rules() -> list[Rule]:
    """Return the rules that a new installation starts with."""
    return read_rules(files("fraud.rules").joinpath("default.json").read_bytes())
