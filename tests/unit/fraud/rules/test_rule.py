import json

import pytest

from fraud.cards import Action
from fraud.rules.rule import MAX_FILE_BYTES, Mode, RuleError, default_rules, read_rules

RULE = {"rule_id": "night-owl", "expression": "fraud_score > 80", "action": "MANUAL_REVIEW"}


def test_a_rule_needs_little() -> None:
    [rule] = read_rules(json.dumps([RULE]).encode())
    assert (rule.mode, rule.priority, rule.version, rule.action_life_s) == (Mode.LIVE, 100, 1, None)
    assert rule.source == "rule:night-owl@1"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"expression": "fraud_scor > 80"}, "rule night-owl, expression, character 1: there is no field fraud_scor"),
        ({"expression": "fraud_score"}, "rule night-owl, expression: it must be true or false"),
        ({"expression": "x" * 1_000_000}, "longer than"),
        ({"action": "EXPLODE"}, r"\$\[0\]\.action"),
        ({"mode": "maybe"}, r"\$\[0\]\.mode"),
        ({"rule_id": "../x"}, r"\$\[0\]\.rule_id"),
        ({"rule_id": "a\n"}, r"\$\[0\]\.rule_id"),
        ({"action_life_s": 0}, r"\$\[0\]\.action_life_s"),
        ({"priority": -1}, r"\$\[0\]\.priority"),
        ({"mod": "off"}, "unknown field `mod`"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(change: dict[str, object], told: str) -> None:
    with pytest.raises(RuleError, match=told):
        read_rules(json.dumps([RULE | change]).encode())


@pytest.mark.parametrize("document", [b"", b"{}", b"[" * 100_000, b"\xff", b" " * (MAX_FILE_BYTES + 1)])
def test_what_is_no_list_of_rules_is_refused(document: bytes) -> None:
    with pytest.raises(RuleError):
        read_rules(document)


def test_the_defaults_are_the_designs() -> None:
    assert {rule.action: rule.expression for rule in default_rules()} == {
        Action.BLOCK_CARD: "fraud_count > 5 or velocity_60s >= 5",
        Action.REQUIRE_3DS: "fraud_count > 3",
        Action.MANUAL_REVIEW: "fraud_score > 80",
    }
    assert all(rule.mode is Mode.LIVE for rule in default_rules())
