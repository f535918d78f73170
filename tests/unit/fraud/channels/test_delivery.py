from datetime import timedelta

import msgspec
import pytest

from fraud.channels.delivery import Delivery, DeliveryState, Outcome, Persistence, begun, ended
from fraud.errors import RetryableError
from tests.builders import NOON

PLAN = Persistence(
    attempts=4,
    first_delay=timedelta(seconds=2),
    longest_delay=timedelta(seconds=5),
    attempt_life=timedelta(seconds=15),
)
FRESH = Delivery(channel="ops", notification_id="ntf_1", incident_id="TXN_1", transaction_id="TXN_1")
ACCEPTED, REFUSED, FAILED = Outcome(204, "204"), Outcome(410, "410"), Outcome(503, "503")


def under_way(attempt: int) -> Delivery:
    return begun(msgspec.structs.replace(FRESH, attempts=attempt - 1), PLAN, NOON)


def after(outcome: Outcome, attempt: int = 1) -> Delivery:
    return ended(under_way(attempt), attempt, outcome, PLAN, NOON)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (3, 5), (1000, 5)])
def test_the_delay_doubles_up_to_the_longest(attempts: int, seconds: int) -> None:
    assert PLAN.delay(attempts) == timedelta(seconds=seconds)


def test_an_attempt_is_counted_before_it_is_made() -> None:
    delivery = under_way(1)
    assert (delivery.attempts, delivery.state, delivery.first_attempt_at) == (1, DeliveryState.PENDING, NOON)


def test_no_attempt_begins_while_another_may_be_under_way() -> None:
    with pytest.raises(RetryableError, match="channel ops: the next attempt is not due yet"):
        begun(under_way(1), PLAN, NOON + timedelta(seconds=14))
    assert begun(under_way(1), PLAN, NOON + timedelta(seconds=15)).attempts == 2


@pytest.mark.parametrize(
    ("outcome", "attempt", "state", "wait"),
    [
        (ACCEPTED, 1, DeliveryState.ACCEPTED, None),
        (ACCEPTED, 4, DeliveryState.ACCEPTED, None),
        (FAILED, 1, DeliveryState.PENDING, 2),
        (FAILED, 2, DeliveryState.PENDING, 4),
        (FAILED, 4, DeliveryState.GIVEN_UP, None),
        (REFUSED, 1, DeliveryState.GIVEN_UP, None),
        (Outcome(302, "302"), 1, DeliveryState.PENDING, 2),
        (Outcome(None, "no connection"), 1, DeliveryState.PENDING, 2),
        (Outcome(429, "429", timedelta(seconds=4)), 1, DeliveryState.PENDING, 4),
        (Outcome(429, "429", timedelta(hours=9)), 1, DeliveryState.PENDING, 5),
        (Outcome(429, "429", timedelta(seconds=1)), 1, DeliveryState.PENDING, 2),
    ],
)
def test_an_outcome_decides_what_follows(
    outcome: Outcome, attempt: int, state: DeliveryState, wait: int | None
) -> None:
    delivery = after(outcome, attempt)
    assert (delivery.state, delivery.last_status, delivery.last_reason) == (state, outcome.status, outcome.reason)
    assert delivery.not_before == (None if wait is None else NOON + timedelta(seconds=wait))
    assert (delivery.ended_at is None) == (state is DeliveryState.PENDING)


@pytest.mark.parametrize("outcome", [ACCEPTED, REFUSED])
def test_what_has_ended_is_never_tried_again(outcome: Outcome) -> None:
    assert begun(after(outcome), PLAN, NOON + timedelta(days=1)) == after(outcome)


def test_a_last_attempt_that_a_crash_cut_short_is_given_up() -> None:
    delivery = begun(under_way(4), PLAN, NOON + timedelta(seconds=15))
    assert (delivery.state, delivery.attempts, delivery.last_reason) == (DeliveryState.GIVEN_UP, 4, "no result")


def test_an_acceptance_that_comes_late_counts() -> None:
    assert ended(under_way(2), 1, ACCEPTED, PLAN, NOON).state is DeliveryState.ACCEPTED
    assert ended(after(REFUSED), 1, ACCEPTED, PLAN, NOON).state is DeliveryState.ACCEPTED


def test_a_failure_that_comes_late_changes_nothing() -> None:
    assert ended(under_way(2), 1, FAILED, PLAN, NOON) == under_way(2)
    assert ended(after(ACCEPTED), 1, FAILED, PLAN, NOON) == after(ACCEPTED)
    assert ended(after(REFUSED), 1, FAILED, PLAN, NOON) == after(REFUSED)
