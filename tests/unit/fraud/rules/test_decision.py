from datetime import timedelta

import pytest

from fraud.cards import Action, CardAction, released, undecided
from fraud.rules.decision import decide
from fraud.rules.rule import Mode, default_rules
from fraud.rules.ruleset import rule_set
from tests.builders import NOON, make_alert, make_rule

DEFAULTS = rule_set(default_rules(), revision=7)
ALERT = make_alert()
FRESH = undecided(ALERT.card_token)
LATER = NOON + timedelta(hours=1)


def test_the_first_action_is_the_cards_first_revision_with_its_reason() -> None:
    decision = decide(DEFAULTS, ALERT, 4, FRESH, LATER)
    assert decision.card == CardAction(
        card_token=ALERT.card_token,
        revision=1,
        action=Action.REQUIRE_3DS,
        source="rule:require-3ds@1",
        reason="fraud_count > 3: fraud_count is 4",
        transaction_id=ALERT.transaction_id,
        decided_at=LATER,
    )
    assert (decision.rules_revision, decision.facts.fraud_count, decision.event_time) == (7, 4, NOON)


@pytest.mark.parametrize("held", Action)
@pytest.mark.parametrize("wanted", Action)
def test_only_a_stronger_action_replaces_what_is_in_force(held: Action, wanted: Action) -> None:
    card = CardAction(card_token=ALERT.card_token, revision=3, action=held)
    decision = decide(rule_set([make_rule("rule", "true", action=wanted)]), ALERT, 1, card, LATER)
    assert decision.applied is not None
    assert decision.applied.action is wanted
    after = decision.card or card
    assert after.action is max(held, wanted, key=lambda action: action.strength)
    assert after.revision == 3 + (wanted.strength > held.strength)


def test_an_expired_action_and_a_release_make_way_for_a_weaker_one() -> None:
    expired = CardAction(card_token=ALERT.card_token, revision=1, action=Action.BLOCK_CARD, expires_at=LATER)
    lifted = released(expired, "jo", "was her", NOON)
    for card in (expired, lifted):
        after = decide(DEFAULTS, ALERT, 4, card, LATER).card
        assert after is not None
        assert (after.action, after.revision) == (Action.REQUIRE_3DS, card.revision + 1)


def test_an_action_ends_after_the_life_its_rule_gives_it() -> None:
    after = decide(rule_set([make_rule("rule", "true", action_life_s=600)]), ALERT, 1, FRESH, LATER).card
    assert after is not None
    assert after.expires_at == LATER + timedelta(minutes=10)


def test_a_rule_in_shadow_leaves_the_card_as_it_is() -> None:
    shadow = make_rule("rule", "true", action=Action.BLOCK_CARD, mode=Mode.SHADOW)
    decision = decide(rule_set([shadow]), ALERT, 1, FRESH, LATER)
    assert (decision.card, decision.applied, [match.mode for match in decision.matches]) == (None, None, [Mode.SHADOW])


def test_a_rule_sees_what_holds_for_the_card() -> None:
    rules = rule_set([make_rule("again", "card_action == 'REQUIRE_3DS'", action=Action.BLOCK_CARD)])
    held = CardAction(card_token=ALERT.card_token, revision=1, action=Action.REQUIRE_3DS)
    blocked = decide(rules, ALERT, 1, held, LATER).card
    assert blocked is not None
    assert blocked.action is Action.BLOCK_CARD
    assert decide(rules, ALERT, 1, FRESH, LATER).card is None
