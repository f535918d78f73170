"""A Firestore that takes calls and never answers: whoever asks is told so within the bound of the call."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from secrets import token_hex
from time import monotonic

import pytest
from google.cloud import firestore

from fraud.errors import RetryableError
from fraud.reviews import noted
from fraud_service.cards.record import Cards
from fraud_service.reviews.record import TIMEOUT_S, Reviews
from fraud_service.stores.bounded import CALL_LIMIT_S
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_service.stores.lease import Lease
from infra.local.stack.local_stack import LocalStack
from tests.builders import NOON

BOUND_S = CALL_LIMIT_S + TIMEOUT_S
"""One call that is not answered, and the roll-back after it."""


@pytest.fixture
def silent(
    local_stack: LocalStack, firestore: object, redis_server: object, stack_environment: object
) -> Iterator[None]:
    """The emulator stopped in the midst of its life, after a first call has opened the connection."""
    del firestore, redis_server, stack_environment
    Reviews(documents()).find("ready")
    os.kill(local_stack.pids["firestore"], signal.SIGSTOP)
    yield
    os.kill(local_stack.pids["firestore"], signal.SIGCONT)
    Reviews(documents()).find("ready")


def _note(reviews: Reviews) -> object:
    return reviews.change("TX_1", partial(noted, person="jo", note="seen", now=NOON))


CALLS: dict[str, Callable[[firestore.Client], object]] = {
    "a document": lambda client: Reviews(client).find("TX_1"),
    "a query": lambda client: Reviews(client).decided_since(NOON),
    "a count": lambda client: Reviews(client).counts(NOON),
    "a transaction": lambda client: _note(Reviews(client)),
    "a write": lambda client: Lease(client, f"lease-{token_hex(4)}", timedelta(seconds=9)).take(NOON),
    "a card": lambda client: Cards(client, cache_client()).recorded(["0" * 64]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.usefixtures("silent")
def test_a_call_ends_within_its_bound(call: Callable[[firestore.Client], object]) -> None:
    began = monotonic()
    with pytest.raises(RetryableError, match="Firestore does not answer"):
        call(documents())
    assert monotonic() - began < BOUND_S + 1
