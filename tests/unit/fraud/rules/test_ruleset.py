import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.cards import Action
from fraud.rules.facts import Facts
from fraud.rules.rule import Mode, Rule, RuleError, default_rules
from fraud.rules.ruleset import evaluate, rule_set
from tests.builders import make_facts, make_rule

DEFAULTS = rule_set(default_rules())


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (make_facts(fraud_count=3, velocity_60s=4, fraud_score=80), None),
        (make_facts(fraud_count=1, velocity_60s=4, fraud_score=81), Action.MANUAL_REVIEW),
        (make_facts(fraud_count=4, velocity_60s=4, fraud_score=40), Action.REQUIRE_3DS),
        (make_facts(fraud_count=4, velocity_60s=4, fraud_score=81), Action.REQUIRE_3DS),
        (make_facts(fraud_count=5, velocity_60s=4, fraud_score=40), Action.REQUIRE_3DS),
        (make_facts(fraud_count=6, velocity_60s=4, fraud_score=40), Action.BLOCK_CARD),
        (make_facts(fraud_count=2, velocity_60s=5, fraud_score=55), Action.BLOCK_CARD),
    ],
)
def test_the_default_rules_act_as_designed(facts: Facts, action: Action | None) -> None:
    live = evaluate(DEFAULTS, facts).live
    assert (live.action if live else None) is action


def test_a_match_says_why() -> None:
    decision = evaluate(DEFAULTS, make_facts(fraud_count=6, velocity_60s=4))
    assert [match.source for match in decision.matches] == ["rule:block-card@1", "rule:require-3ds@1"]
    assert decision.matches[0].why == "fraud_count > 5 or velocity_60s >= 5: fraud_count is 6, velocity_60s is 4"


def test_a_rule_in_shadow_is_recorded_and_does_not_act() -> None:
    shadow = make_rule("shadow", "true", action=Action.BLOCK_CARD, mode=Mode.SHADOW)
    decision = evaluate(rule_set([shadow, make_rule("live", "true")]), make_facts())
    assert decision.live is not None
    assert decision.shadow is not None
    assert (decision.live.rule_id, decision.shadow.rule_id) == ("live", "shadow")


def test_a_rule_that_is_off_is_not_looked_at() -> None:
    assert evaluate(rule_set([make_rule("off", "true", mode=Mode.OFF)]), make_facts()).matches == []


def test_among_equals_priority_gives_the_reason_then_the_id() -> None:
    rules = [make_rule("b", "true", priority=1), make_rule("a", "true", priority=1), make_rule("c", "true", priority=0)]
    assert [match.rule_id for match in evaluate(rule_set(rules), make_facts()).matches] == ["c", "a", "b"]


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(RuleError, match="two rules have this id"):
        rule_set([make_rule("a"), make_rule("a")])


def everywhere(rules: list[Rule], mode: Mode) -> list[Rule]:
    return [msgspec.structs.replace(rule, mode=mode) for rule in rules]


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 100), st.sampled_from([None, *Action]), st.randoms())
def test_live_and_shadow_agree_whatever_the_order_of_rules(
    fraud_count: int, velocity: int, score: int, in_force: Action | None, random: st.DrawFn
) -> None:
    facts = make_facts(fraud_count, in_force, velocity_60s=velocity, fraud_score=score)
    rules = default_rules()
    shuffled = sorted(rules, key=lambda _: random.random())  # type: ignore[attr-defined]  # a Random
    live, shadow = evaluate(rule_set(rules), facts), evaluate(rule_set(everywhere(shuffled, Mode.SHADOW)), facts)
    assert shadow.live is None
    assert [msgspec.structs.replace(match, mode=Mode.LIVE) for match in shadow.matches] == live.matches
