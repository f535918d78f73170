from datetime import timedelta

import pytest
from msgspec.structs import replace

from fraud.cards import (
    Action,
    CardAction,
    decode_card_action,
    encode_card_action,
    is_stronger,
    released,
    strongest,
    undecided,
)
from tests.builders import NOON

TOKEN = "b" * 64
REVIEW, CHALLENGE, BLOCK = Action.MANUAL_REVIEW, Action.REQUIRE_3DS, Action.BLOCK_CARD


def state(action: Action | None, **changes: object) -> CardAction:
    return replace(CardAction(card_token=TOKEN, revision=1, action=action), **changes)


@pytest.mark.parametrize(
    ("wanted", "held", "may_replace"),
    [
        (REVIEW, None, True),
        (CHALLENGE, REVIEW, True),
        (BLOCK, CHALLENGE, True),
        (BLOCK, BLOCK, False),
        (CHALLENGE, BLOCK, False),
        (REVIEW, CHALLENGE, False),
        (REVIEW, REVIEW, False),
    ],
)
def test_only_a_stronger_action_replaces_another(wanted: Action, held: Action | None, may_replace: bool) -> None:
    assert is_stronger(wanted, state(held), NOON) is may_replace


def test_an_action_is_in_force_until_the_moment_it_expires() -> None:
    block = state(BLOCK, expires_at=NOON + timedelta(hours=1))
    assert block.in_force(NOON) is BLOCK
    assert block.in_force(NOON + timedelta(hours=1)) is None
    assert is_stronger(REVIEW, block, NOON + timedelta(hours=1))
    assert not is_stronger(REVIEW, block, NOON)


def test_the_strongest_of_a_cards_states_counts() -> None:
    expired = state(BLOCK, expires_at=NOON)
    assert strongest([undecided(TOKEN), state(REVIEW), state(CHALLENGE), expired], NOON) == state(CHALLENGE)
    assert strongest([undecided(TOKEN), expired], NOON) is None


def test_a_release_lifts_what_is_in_force_and_says_who_did_it() -> None:
    lifted = released(state(BLOCK, transaction_id="TXN_1"), "jo", "customer called", NOON)
    assert lifted.in_force(NOON) is None
    assert (lifted.revision, lifted.source, lifted.reason) == (2, "person:jo", "customer called")
    assert lifted.transaction_id == "TXN_1"


def test_a_state_survives_json() -> None:
    block = state(BLOCK, decided_at=NOON, expires_at=NOON, source="rule:block@1")
    assert decode_card_action(encode_card_action(block)) == block
