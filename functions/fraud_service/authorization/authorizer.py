"""Finds the facts of a payment attempt, from Redis, and from Firestore where Redis is cold or down; then decides.

A store that has just failed several times is not waited for: it is left out for a second.
"""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import msgspec
import structlog
from google.cloud import firestore

from fraud.authorization.answer import Authorization, Facts, decide
from fraud.authorization.attempt import Attempt, is_same_payment
from fraud.authorization.breaker import CircuitBreaker
from fraud.errors import PermanentError, RetryableError
from fraud.masking.key import KeyRing
from fraud_service.authorization.attempts import Attempts, Recorded
from fraud_service.authorization.listing import RecordedLists
from fraud_service.cards.record import COLLECTION, state_of
from fraud_service.stores.documents import reaching_firestore

Answer = TypeVar("Answer")
log = structlog.get_logger()


class OtherPaymentError(PermanentError):
    """The transaction_id was used for another payment."""


class Authorizer:
    """Answers payment attempts."""

    def __init__(
        self,
        attempts: Attempts,
        documents: firestore.AsyncClient,
        lists: RecordedLists,
        firestore_timeout: float,
    ) -> None:
        """Take the stores, and the seconds that Firestore is waited for."""
        self._attempts = attempts
        self._documents = documents
        self._lists = lists
        self._timeout = firestore_timeout
        self._redis = CircuitBreaker(monotonic)
        self._firestore = CircuitBreaker(monotonic)

    async def authorize(self, attempt: Attempt, keys: KeyRing) -> Authorization:
        """Return the answer. Raises OtherPaymentError."""
        facts = await self._facts(attempt)
        if not is_same_payment(attempt, keys, facts.fingerprint):
            raise OtherPaymentError("this transaction_id was used for another payment")
        return decide(attempt.payment.event.transaction_id, attempt.payment.event_time, facts)

    async def _facts(self, attempt: Attempt) -> Facts:
        cached = await _ask(self._redis, lambda: self._attempts.look(attempt))
        if cached is not None and cached.states is not None and cached.listed is not None:
            return cached
        facts = cached or Facts(looked_at=attempt.asked_at, fingerprint=attempt.fingerprint)
        recorded = await _ask(self._firestore, lambda: self._recorded(attempt))
        if recorded is None:
            return facts
        if cached is not None and cached.listed is None:
            await self._lists.copy()
        kept = await _ask(self._redis, lambda: self._attempts.look(attempt, recorded)) if cached else None
        return kept or msgspec.structs.replace(facts, states=[*recorded.states.values()], listed=recorded.listed)

    async def _recorded(self, attempt: Attempt) -> Recorded:
        references = [self._documents.collection(COLLECTION).document(token) for token in attempt.card_tokens]
        try:
            with reaching_firestore():
                snapshots = self._documents.get_all(references, retry=None, timeout=self._timeout)
                states = {snapshot.id: state_of(snapshot) async for snapshot in snapshots}
                return Recorded(states, await self._lists.of(attempt, self._timeout))
        except msgspec.ValidationError:
            pass
        raise RetryableError("Firestore holds a card's state or a list's entry that this code cannot read")


async def _ask(breaker: CircuitBreaker, question: Callable[[], Awaitable[Answer]]) -> Answer | None:
    """Return a store's answer, and None while it has none to give."""
    if not breaker.allows():
        return None
    try:
        answer = await question()
    except RetryableError as error:
        breaker.failed()
        log.warning("store_out_of_reach", reason=str(error))
        return None
    breaker.succeeded()
    return answer
