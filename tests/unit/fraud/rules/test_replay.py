from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.alerts.alert import Alert
from fraud.cards import Action
from fraud.rules.replay import replay
from fraud.rules.rule import Mode, default_rules
from fraud.rules.ruleset import rule_set
from tests.builders import NOON, make_alert, make_rule

DEFAULTS = rule_set(default_rules())
MINUTE = timedelta(minutes=1)


def alerts_at(*minutes: float, account: str = "ACC_1", card: str = "c" * 64) -> list[Alert]:
    return [
        make_alert(
            transaction_id=f"{account}_{minute}",
            sender_account_id=account,
            card_token=card,
            event_time=NOON + minute * MINUTE,
        )
        for minute in minutes
    ]


def test_history_counts_itself_and_the_card_goes_from_state_to_state() -> None:
    decisions = replay(alerts_at(*range(7)), DEFAULTS, NOON)
    assert [decision.facts.fraud_count for decision in decisions] == [1, 2, 3, 4, 5, 6, 7]
    assert [decision.facts.card_action for decision in decisions][3:] == [
        "NONE",
        "REQUIRE_3DS",
        "REQUIRE_3DS",
        "BLOCK_CARD",
    ]
    changes = [decision.card for decision in decisions if decision.card]
    assert [(change.action, change.revision) for change in changes] == [(Action.REQUIRE_3DS, 1), (Action.BLOCK_CARD, 2)]


def test_the_hour_before_counts_but_is_not_decided_about() -> None:
    history = alerts_at(-60, -59, -30, 0)
    [decision] = replay(history, DEFAULTS, NOON)
    assert (decision.transaction_id, decision.facts.fraud_count) == ("ACC_1_0", 3)


def test_accounts_and_cards_are_kept_apart() -> None:
    history = [*alerts_at(*range(4)), *alerts_at(*range(3), account="ACC_2")]
    changed = {decision.transaction_id for decision in replay(history, DEFAULTS, NOON) if decision.card}
    assert changed == {"ACC_1_3"}


def test_an_action_expires_in_event_time() -> None:
    rules = rule_set([make_rule("short", "true", action=Action.BLOCK_CARD, action_life_s=600)])
    decisions = replay(alerts_at(0, 9, 10), rules, NOON)
    assert [decision.card is not None for decision in decisions] == [True, False, True]


@given(st.permutations(list(range(8))), st.integers(0, 3))
def test_the_order_and_repetition_of_rows_do_not_matter(order: list[int], repeated: int) -> None:
    history = alerts_at(*range(8))
    shuffled = [history[index] for index in order]
    assert replay([*shuffled, *shuffled[:repeated]], DEFAULTS, NOON) == replay(history, DEFAULTS, NOON)


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.SHADOW])
def test_a_rule_matches_alike_in_either_mode(mode: Mode) -> None:
    rules = rule_set([make_rule("rule", "fraud_count > 3", mode=mode)])
    matched = [bool(decision.matches) for decision in replay(alerts_at(*range(6)), rules, NOON)]
    assert matched == [False, False, False, True, True, True]
