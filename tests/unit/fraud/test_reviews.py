from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from fraud.cards import Action
from fraud.reviews import (
    Act,
    Review,
    ReviewConflictError,
    ReviewState,
    Verdict,
    claimed,
    decided,
    false_positive_rate,
    handed_back,
    noted,
    opened,
    reopened,
    verdicts,
)
from tests.builders import NOON, make_alert

LATER = NOON + timedelta(minutes=1)
OPEN = opened(make_alert(amount=Decimal("1.00")), Action.BLOCK_CARD, "rule:block@1", "velocity_60s is 5", NOON)
CLAIMED = claimed(OPEN, "jo", NOON)
DECIDED = decided(CLAIMED, "jo", Verdict.FALSE_POSITIVE, "customer called", LATER)


def claim(review: Review) -> Review:
    return claimed(review, "jo", LATER)


def claim_by_another(review: Review) -> Review:
    return claimed(review, "kim", LATER)


def hand_back(review: Review) -> Review:
    return handed_back(review, "jo", LATER)


def hand_back_by_another(review: Review) -> Review:
    return handed_back(review, "kim", LATER)


def decide(review: Review) -> Review:
    return decided(review, "jo", Verdict.FALSE_POSITIVE, "customer called", LATER)


def decide_otherwise(review: Review) -> Review:
    return decided(review, "jo", Verdict.CONFIRMED_FRAUD, "", LATER)


def decide_by_another(review: Review) -> Review:
    return decided(review, "kim", Verdict.FALSE_POSITIVE, "", LATER)


def reopen(review: Review) -> Review:
    return reopened(review, "kim", "the wrong payment", LATER)


def test_a_review_tells_what_the_alert_was_about() -> None:
    assert (OPEN.transaction_id, OPEN.sender_account_id, OPEN.amount) == ("TXN_000004", "ACC_000100", Decimal("1.00"))
    assert (OPEN.state, OPEN.action, OPEN.source) == (ReviewState.OPEN, Action.BLOCK_CARD, "rule:block@1")


@pytest.mark.parametrize(
    ("act", "before", "state", "assignee"),
    [
        (claim, OPEN, ReviewState.CLAIMED, "jo"),
        (hand_back, CLAIMED, ReviewState.OPEN, None),
        (decide, CLAIMED, ReviewState.DECIDED, "jo"),
        (decide_otherwise, CLAIMED, ReviewState.DECIDED, "jo"),
        (reopen, DECIDED, ReviewState.CLAIMED, "kim"),
    ],
)
def test_an_act_moves_the_review_on(
    act: Callable[[Review], Review], before: Review, state: ReviewState, assignee: str | None
) -> None:
    after = act(before)
    assert (after.state, after.assignee) == (state, assignee)
    assert after.history[:-1] == before.history
    assert after.history[-1].at == LATER


@pytest.mark.parametrize(("act", "before"), [(claim, CLAIMED), (decide, DECIDED)])
def test_the_same_act_again_changes_nothing(act: Callable[[Review], Review], before: Review) -> None:
    assert act(before) == before


@pytest.mark.parametrize(
    ("act", "before"),
    [
        (claim_by_another, CLAIMED),
        (claim, DECIDED),
        (hand_back, OPEN),
        (hand_back_by_another, CLAIMED),
        (hand_back, DECIDED),
        (decide, OPEN),
        (decide_by_another, CLAIMED),
        (decide_by_another, DECIDED),
        (decide_otherwise, DECIDED),
        (reopen, OPEN),
        (reopen, CLAIMED),
    ],
)
def test_an_act_that_the_state_does_not_allow_is_refused(act: Callable[[Review], Review], before: Review) -> None:
    with pytest.raises(ReviewConflictError):
        act(before)


def test_a_verdict_that_is_taken_back_leaves_none() -> None:
    assert (reopen(DECIDED).verdict, reopen(DECIDED).decided_at) == (None, None)


def test_a_note_can_be_added_at_any_time() -> None:
    assert noted(DECIDED, "kim", "refunded", LATER).history[-1] == Act(LATER, "kim", "noted", "refunded")


@pytest.mark.parametrize(("confirmed", "false", "rate"), [(0, 0, None), (3, 1, 0.25), (0, 2, 1.0)])
def test_the_false_positive_rate_is_over_decided_reviews(confirmed: int, false: int, rate: float | None) -> None:
    assert false_positive_rate(confirmed, false) == rate


def test_a_person_s_verdict_is_the_truth() -> None:
    reviewed = [msgspec.structs.replace(OPEN, transaction_id=verdict.value, verdict=verdict) for verdict in Verdict]
    assert verdicts([OPEN, *reviewed]) == {"CONFIRMED_FRAUD": True, "FALSE_POSITIVE": False}
