from fraud.cards import Action
from fraud.rules.replay import replay
from fraud.rules.report import Score, acted_on, differences, report, score
from fraud.rules.rule import Mode
from fraud.rules.ruleset import RuleSet, rule_set
from tests.builders import NOON, make_alert, make_rule

ALERTS = [
    make_alert(transaction_id=f"TXN_{points}", fraud_score=points, card_token=f"{points:064}")
    for points in (61, 62, 63, 64)
]
TRUTH = {"TXN_61": False, "TXN_62": True, "TXN_63": False}


def rules(above: int, **changes: object) -> RuleSet:
    return rule_set([make_rule("above", f"fraud_score > {above}", **changes)])


def test_a_rule_is_measured_by_what_is_known() -> None:
    [above] = report(rules(61), replay(ALERTS, rules(61), NOON), TRUTH)
    assert above.score == Score(hits=3, fraud=1, legitimate=1, missed=0, precision=0.5, recall=1.0)
    assert (above.rule_id, above.action, above.changed_cards) == ("above", Action.MANUAL_REVIEW, 3)


def test_what_it_missed_lowers_recall() -> None:
    [above] = report(rules(62), replay(ALERTS, rules(62), NOON), TRUTH)
    assert (above.score.missed, above.score.precision, above.score.recall) == (1, 0.0, 0.0)


def test_without_truth_there_is_no_precision() -> None:
    assert score({"a"}, {"a", "b"}, {}) == Score(hits=1, fraud=0, legitimate=0, missed=0, precision=None, recall=None)


def test_a_rule_in_shadow_is_measured_too_and_changes_no_card() -> None:
    shadow = rules(61, mode=Mode.SHADOW)
    decisions = replay(ALERTS, shadow, NOON)
    [above] = report(shadow, decisions, TRUTH)
    assert (above.score.hits, above.changed_cards, acted_on(decisions)) == (3, 0, set())


def test_two_rule_sets_differ_where_they_ask_for_another_action() -> None:
    stricter = rules(63, action=Action.BLOCK_CARD, version=2)
    found = differences(replay(ALERTS, rules(62), NOON), replay(ALERTS, stricter, NOON), TRUTH)
    assert [(one.transaction_id, one.before, one.after, one.is_fraud) for one in found] == [
        ("TXN_63", Action.MANUAL_REVIEW, None, False),
        ("TXN_64", Action.MANUAL_REVIEW, Action.BLOCK_CARD, None),
    ]
    assert (found[1].before_source, found[1].after_source) == ("rule:above@1", "rule:above@2")
    assert differences(replay(ALERTS, stricter, NOON), replay(ALERTS, stricter, NOON), TRUTH) == []
