"""What rules did or would have done, measured by what is known to be fraud."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from fraud.cards import Action
from fraud.rules.decision import RuleDecision
from fraud.rules.ruleset import Match, RuleSet


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was right, among the alerts whose truth is known.

    `precision` is the share of fraud in what it hit, `recall` the share it hit of all alerts that were fraud; None
    where there is nothing to divide by.
    """

    hits: int
    fraud: int
    legitimate: int
    missed: int
    precision: float | None
    recall: float | None


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule would have done: `score` of its matches, and how often it changed a card's action."""

    rule_id: str
    version: int
    mode: str
    action: Action
    score: Score
    changed_cards: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """An alert about which two rule sets decide differently, with the rules that give the reason."""

    transaction_id: str
    event_time: datetime
    before: Action | None
    after: Action | None
    before_source: str | None
    after_source: str | None
    is_fraud: bool | None


def score(hit: set[str], decided: set[str], truth: Mapping[str, bool]) -> Score:
    """Return the score of having hit some of the decided transactions, given which known ones are fraud."""
    fraud = {name for name in decided if truth.get(name)}
    legitimate = {name for name in decided if truth.get(name) is False}
    right, wrong = len(hit & fraud), len(hit & legitimate)
    return Score(
        hits=len(hit),
        fraud=right,
        legitimate=wrong,
        missed=len(fraud) - right,
        precision=right / (right + wrong) if right + wrong else None,
        recall=right / len(fraud) if fraud else None,
    )


def report(rules: RuleSet, decisions: Iterable[RuleDecision], truth: Mapping[str, bool]) -> list[RuleReport]:
    """Return what each rule would have done, in the order of the set."""
    taken = list(decisions)
    decided = {decision.transaction_id for decision in taken}
    matched: Mapping[str, set[str]] = defaultdict(set)
    changed: Mapping[str, set[str]] = defaultdict(set)
    for decision in taken:
        for match in decision.matches:
            matched[match.rule_id].add(decision.transaction_id)
        if decision.card and decision.applied:
            changed[decision.applied.rule_id].add(decision.transaction_id)
    return [
        RuleReport(
            rule_id=rule.rule_id,
            version=rule.version,
            mode=rule.mode,
            action=rule.action,
            score=score(matched[rule.rule_id], decided, truth),
            changed_cards=len(changed[rule.rule_id]),
        )
        for rule in rules.by_id.values()
    ]


def acted_on(decisions: Iterable[RuleDecision]) -> set[str]:
    """Return the transactions about whose cards a live rule asked for an action."""
    return {decision.transaction_id for decision in decisions if decision.applied}


def differences(
    before: Iterable[RuleDecision], after: Iterable[RuleDecision], truth: Mapping[str, bool]
) -> list[Difference]:
    """Return the alerts about which two replays of the same history ask for different actions, in event time."""
    pairs = zip(before, after, strict=True)
    return [
        Difference(
            transaction_id=old.transaction_id,
            event_time=old.event_time,
            before=_action(old.applied),
            after=_action(new.applied),
            before_source=old.applied.source if old.applied else None,
            after_source=new.applied.source if new.applied else None,
            is_fraud=truth.get(old.transaction_id),
        )
        for old, new in pairs
        if _action(old.applied) is not _action(new.applied)
    ]


def _action(match: Match | None) -> Action | None:
    return match.action if match else None
