"""What a gateway is answered while stores are out of reach, and once they are back."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from fraud.cards import Action
from fraud_service.cards.record import Cards
from infra.local.stack.local_stack import LocalStack
from tests.integration.authorize_payment.conftest import Gateway, Holder, record
from tests.integration.local.waiting import wait_until

PATIENCE = 1.0
"""Seconds for which the local function waits for Redis."""

UNKNOWN = ("CHALLENGE_3DS", ["VELOCITY_UNKNOWN"])


@contextmanager
def redis_killed(stack: LocalStack) -> Iterator[None]:
    os.kill(stack.pids["redis"], signal.SIGKILL)
    try:
        yield
    finally:
        stack.restart("redis")


@contextmanager
def redis_frozen(stack: LocalStack) -> Iterator[None]:
    os.kill(stack.pids["redis"], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(stack.pids["redis"], signal.SIGCONT)


def test_without_redis_the_card_is_looked_up_in_firestore_and_velocity_is_unknown(
    local_stack: LocalStack, gateway: Gateway, holder: Holder, cards: Cards
) -> None:
    kept = holder.payment()
    before = gateway.ask(kept)
    wait_until(lambda: cards.cache.info("persistence")["aof_buffer_length"] == 0)
    with redis_killed(local_stack):
        assert gateway.ask(holder.payment()).verdict == UNKNOWN
        record(cards, holder, Action.BLOCK_CARD)
        assert gateway.ask(holder.payment()).verdict == ("DECLINED", ["CARD_BLOCKED", "VELOCITY_UNKNOWN"])

    wait_until(lambda: gateway.ask(holder.payment()).document["velocity_60s"] is not None)
    assert gateway.ask(kept) == before


def test_a_redis_that_hangs_is_waited_for_by_the_first_requests_only(
    local_stack: LocalStack, gateway: Gateway, holder: Holder
) -> None:
    gateway.ask(holder.payment())
    with redis_frozen(local_stack):
        seconds = []
        for _ in range(12):
            began = monotonic()
            assert gateway.ask(holder.payment()).verdict == UNKNOWN
            seconds.append(monotonic() - began)
    assert sum(second > PATIENCE for second in seconds) <= 6, "most requests waited for Redis's time-out"
    wait_until(lambda: gateway.ask(holder.payment()).document["velocity_60s"] is not None)


def test_redis_that_comes_back_empty_is_filled_from_firestore(
    local_stack: LocalStack, gateway: Gateway, holder: Holder, cards: Cards
) -> None:
    record(cards, holder, Action.REQUIRE_3DS)
    assert gateway.ask(holder.payment()).verdict == ("CHALLENGE_3DS", ["CARD_REQUIRES_3DS"])
    cards.cache.flushall()
    wait_until(lambda: gateway.ask(holder.payment()).verdict == ("CHALLENGE_3DS", ["CARD_REQUIRES_3DS"]), limit=5)
    assert [state.action for state in cards.cached([holder.token]).values()] == [Action.REQUIRE_3DS]
