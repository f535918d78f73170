"""A change to a rule: who made it and when, and what stood before and after."""

import msgspec

from fraud.errors import ConflictError
from fraud.rules.rule import Rule, RuleText, compiled

SCHEMA_VERSION = 1


class RuleConflictError(ConflictError):
    """The change was made to another version than the one that stands."""

    field = "version"


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """`rules/{rule_id}/versions/{version}`: one entry of the audit trail.

    `revision` orders the changes of all rules; `before` is None for a new rule; `after` says who made the change
    (`author`) and when (`changed_at`).
    """

    schema_version: int = SCHEMA_VERSION
    revision: int
    before: Rule | None
    after: Rule


def revised(before: Rule | None, wanted: Rule, expected: int) -> Rule:
    """Return the rule that is wanted as the next version after `expected`, 0 for a new rule.

    Returns `before` itself where it is that already: the answer to the change was lost, and it is sent again. Raises
    RuleError for a bad rule, RuleConflictError where another version than `expected` stands.
    """
    compiled(wanted)
    standing = before.version if before else 0
    if standing == expected:
        return msgspec.structs.replace(wanted, version=expected + 1)
    if before and standing == expected + 1 and before.author == wanted.author and _text(before) == _text(wanted):
        return before
    raise RuleConflictError(f"version {standing} stands, not {expected}")


def _text(rule: Rule) -> list[object]:
    return [getattr(rule, name) for name in RuleText.__struct_fields__]
