from datetime import timedelta

import msgspec
import pytest

from fraud.authorization.answer import Decision, Facts, Reason, decide
from fraud.cards import Action, CardAction, undecided
from tests.builders import NOON

FREE = undecided("")
BLOCKED, STEPPED_UP, IN_REVIEW = (
    CardAction(card_token="", revision=1, action=action)
    for action in (Action.BLOCK_CARD, Action.REQUIRE_3DS, Action.MANUAL_REVIEW)
)


def facts(velocity: int | None = 1, *states: CardAction, complete: bool = True) -> Facts:
    return Facts(
        looked_at=NOON,
        fingerprint="1:ab",
        velocity_60s=velocity,
        velocity_complete=complete,
        states=list(states) or None,
        listed="",
    )


def listed(hits: str | None) -> Facts:
    return msgspec.structs.replace(facts(1, FREE), listed=hits)


def counted(accounts: int, cards: int) -> Facts:
    return msgspec.structs.replace(facts(1, FREE), card_accounts_1h=accounts, device_cards_1h=cards)


@pytest.mark.parametrize(
    ("found", "decision", "reasons"),
    [
        pytest.param(counted(4, 4), "APPROVED", [], id="a family, a firm"),
        pytest.param(counted(5, 4), "CHALLENGE_3DS", ["CARD_SHARED"], id="a card's fifth account"),
        pytest.param(counted(4, 5), "CHALLENGE_3DS", ["DEVICE_SHARED"], id="a device's fifth card"),
        pytest.param(counted(10, 9), "DECLINED", ["CARD_SPREAD", "DEVICE_SHARED"], id="a card's tenth account"),
        pytest.param(counted(9, 10), "DECLINED", ["DEVICE_SPREAD", "CARD_SHARED"], id="a device's tenth card"),
        pytest.param(facts(1, FREE), "APPROVED", [], id="nothing against it"),
        pytest.param(facts(4, FREE), "APPROVED", [], id="an alert is no refusal"),
        pytest.param(facts(5, FREE), "DECLINED", ["VELOCITY"], id="the fifth in a minute"),
        pytest.param(facts(1, BLOCKED), "DECLINED", ["CARD_BLOCKED"], id="a blocked card"),
        pytest.param(facts(1, STEPPED_UP), "CHALLENGE_3DS", ["CARD_REQUIRES_3DS"], id="a card with 3DS"),
        pytest.param(facts(1, IN_REVIEW), "APPROVED", ["CARD_IN_REVIEW"], id="review does not stop a charge"),
        pytest.param(facts(6, BLOCKED), "DECLINED", ["CARD_BLOCKED", "VELOCITY"], id="both, the strongest first"),
        pytest.param(facts(1, FREE, BLOCKED), "DECLINED", ["CARD_BLOCKED"], id="blocked under an older key"),
        pytest.param(facts(1, STEPPED_UP, BLOCKED), "DECLINED", ["CARD_BLOCKED"], id="the strongest of two keys"),
        pytest.param(facts(1), "CHALLENGE_3DS", ["CARD_UNKNOWN"], id="no word of the card"),
        pytest.param(facts(5), "DECLINED", ["VELOCITY", "CARD_UNKNOWN"], id="velocity without word of the card"),
        pytest.param(facts(None, FREE), "CHALLENGE_3DS", ["VELOCITY_UNKNOWN"], id="no word of velocity"),
        pytest.param(facts(None, BLOCKED), "DECLINED", ["CARD_BLOCKED", "VELOCITY_UNKNOWN"], id="blocked is enough"),
        pytest.param(facts(None), "CHALLENGE_3DS", ["CARD_UNKNOWN", "VELOCITY_UNKNOWN"], id="no word of anything"),
        pytest.param(facts(2, FREE, complete=False), "CHALLENGE_3DS", ["VELOCITY_UNKNOWN"], id="at least two"),
        pytest.param(facts(5, FREE, complete=False), "DECLINED", ["VELOCITY"], id="at least five"),
        pytest.param(listed("BLOCK device"), "DECLINED", ["BLOCKED_LIST"], id="on a list"),
        pytest.param(listed("ALLOW account,BLOCK card"), "DECLINED", ["BLOCKED_LIST"], id="allowed never unblocks"),
        pytest.param(listed("ALLOW account"), "APPROVED", [], id="allowed"),
        pytest.param(listed(None), "CHALLENGE_3DS", ["LISTS_UNKNOWN"], id="no word of the lists"),
    ],
)
def test_the_answer_follows_from_the_facts(found: Facts, decision: str, reasons: list[str]) -> None:
    answer = decide("TXN_1", NOON, found)
    assert (answer.transaction_id, answer.decision, answer.reasons) == ("TXN_1", decision, reasons)


@pytest.mark.parametrize(("left", "decision"), [(1, Decision.DECLINED), (0, Decision.APPROVED)])
def test_an_action_holds_until_it_expires_by_the_clock_of_the_facts(left: int, decision: Decision) -> None:
    expires_at = NOON + timedelta(microseconds=left)
    state = CardAction(card_token="", revision=1, action=Action.BLOCK_CARD, expires_at=expires_at)
    assert decide("TXN_1", NOON, facts(1, state)).decision is decision


def test_the_answer_says_what_it_rests_on() -> None:
    answer = decide("TXN_1", NOON, facts(2, STEPPED_UP, FREE))
    assert (answer.velocity_60s, answer.card_action, answer.decided_at) == (2, Action.REQUIRE_3DS, NOON)
    answer = decide("TXN_1", NOON, counted(3, 2))
    assert (answer.card_accounts_1h, answer.device_cards_1h) == (3, 2)


def test_a_missing_fact_never_gives_a_silent_approval() -> None:
    for found in (facts(None, FREE), facts(None, IN_REVIEW), facts(1), facts(None), facts(1, FREE, complete=False)):
        answer = decide("TXN_1", NOON, found)
        assert answer.decision is not Decision.APPROVED
        assert {Reason.CARD_UNKNOWN, Reason.VELOCITY_UNKNOWN}.intersection(answer.reasons)


@pytest.mark.parametrize(
    ("offset", "told", "reasons"),
    [
        (timedelta(0), None, []),
        (timedelta(minutes=5), None, []),
        (timedelta(minutes=-5), None, []),
        (timedelta(minutes=-5, seconds=-1), -301, []),
        (timedelta(minutes=6), 360, []),
        (timedelta(hours=-1), -3_600, []),
        (timedelta(hours=-5), -18_000, [Reason.CLOCK_BEHIND]),
    ],
    ids=str,
)
def test_a_payer_is_told_that_their_clock_is_off(offset: timedelta, told: int | None, reasons: list[Reason]) -> None:
    answer = decide("TXN_1", NOON + offset, facts(1, FREE))
    assert (answer.clock_offset_seconds, answer.reasons, answer.decision) == (told, reasons, Decision.APPROVED)
