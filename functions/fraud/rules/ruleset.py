"""The rules that hold together, and what they say about the facts: one function for live, shadow and back-test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from fraud.cards import Action
from fraud.rules.expression import Expression
from fraud.rules.facts import Facts
from fraud.rules.rule import Mode, Rule, RuleError, compiled

MAX_RULES = 200
"""How many rules people may make: an alert is held against all of them."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A rule whose expression holds, and why: the values of the fields that it asks about."""

    rule_id: str
    version: int
    mode: Mode
    action: Action
    priority: int
    action_life_s: int | None
    why: str

    @property
    def source(self) -> str:
        """The rule and its version."""
        return f"rule:{self.rule_id}@{self.version}"


class Decision(msgspec.Struct, frozen=True):
    """What a rule set says about facts: its matches, the strongest first."""

    matches: list[Match]

    @property
    def live(self) -> Match | None:
        """The match that acts: the strongest of the live ones."""
        return self._first(Mode.LIVE)

    @property
    def shadow(self) -> Match | None:
        """The strongest match in shadow, which would act were it live and no live one stronger."""
        return self._first(Mode.SHADOW)

    def _first(self, mode: Mode) -> Match | None:
        return next((match for match in self.matches if match.mode is mode), None)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules with their compiled expressions; `revision` counts the changes to the whole set."""

    rules: tuple[tuple[Rule, Expression], ...]
    revision: int = 0

    @property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules by their ids."""
        return {rule.rule_id: rule for rule, _ in self.rules}


def rule_set(rules: Iterable[Rule], revision: int = 0) -> RuleSet:
    """Return the set of rules. Raises RuleError for a bad one, and for two with one id."""
    compiled_rules = tuple((rule, compiled(rule)) for rule in rules)
    seen: set[str] = set()
    for rule, _ in compiled_rules:
        if rule.rule_id in seen:
            raise RuleError(rule.rule_id, "rule_id", "two rules have this id")
        seen.add(rule.rule_id)
    return RuleSet(compiled_rules, revision)


def evaluate(rules: RuleSet, facts: Facts) -> Decision:
    """Return what the rules say about the facts; the same for the same facts, whoever asks and whenever."""
    matches = [
        _match(rule, expression, facts)
        for rule, expression in rules.rules
        if rule.mode is not Mode.OFF and expression.holds(facts)
    ]
    return Decision(sorted(matches, key=lambda match: (-match.action.strength, match.priority, match.rule_id)))


def _match(rule: Rule, expression: Expression, facts: Facts) -> Match:
    values = ", ".join(f"{name} is {_shown(value)}" for name, value in expression.asked(facts).items())
    return Match(
        rule_id=rule.rule_id,
        version=rule.version,
        mode=rule.mode,
        action=rule.action,
        priority=rule.priority,
        action_life_s=rule.action_life_s,
        why=f"{rule.expression}: {values}" if values else rule.expression,
    )


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "empty" if isinstance(value, list) else str(value)
