"""Card actions: Firestore keeps the record, Redis a copy for the authorisation, Pub/Sub tells everyone else.

A copy is replaced by a newer revision only. A card without a record is remembered as such for a minute, so that a
charge costs one look-up in Redis; a change overrides that at once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from google.cloud import firestore

from fraud.alerts.alert import Alert
from fraud.cards import (
    Action,
    CardAction,
    CardConflictError,
    blocked,
    decode_card_action,
    encode_card_action,
    released,
    undecided,
)
from fraud.reviews import Review
from fraud_service.cards.erased import ErasedCards, card_payment
from fraud_service.pubsub.topic import publish
from fraud_service.stores.cache import reaching_redis
from fraud_service.stores.documents import from_document, reaching_firestore, to_document
from fraud_service.stores.foreign import ours

COLLECTION = "cards"
HISTORY = "history"
TOPIC = "card-actions"
DECIDED_LIFE_S = 7 * 86_400
UNDECIDED_LIFE_S = 60
FIRESTORE_TIMEOUT_S = 5.0

Confirmed = Callable[[str, firestore.Transaction], str | None]
"""Tells a payment with a card that a person has found to be fraud, as a part of a transaction."""

PUT_IF_NEWER = """
local held = redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1])
local is_state, state = pcall(cjson.decode, held)
if is_state and type(state) == 'table' and (tonumber(state.revision) or -1) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


def cache_key(card_token: str) -> str:
    """Return the Redis key of a card's current action."""
    return f"card:action:{card_token}"


def cache_life(state: CardAction) -> int:
    """Return for how many seconds Redis keeps a copy of a state."""
    return DECIDED_LIFE_S if state.revision else UNDECIDED_LIFE_S


@dataclass(frozen=True)
class Cards:
    """A card's state in every place that holds it."""

    documents: firestore.Client
    cache: redis.Redis

    def reference(self, card_token: str) -> firestore.DocumentReference:
        """Return the card's document."""
        return self.documents.collection(COLLECTION).document(card_token)

    def states(self, card_tokens: Sequence[str]) -> list[CardAction]:
        """Return the state of each card, from Redis, and from Firestore where Redis has none or is down.

        Raises RetryableError when a state is nowhere to be had.
        """
        cached = self.cached(card_tokens)
        missing = [token for token in card_tokens if token not in cached]
        recorded = self.recorded(missing) if missing else {}
        self._remember(recorded.values())
        return [cached.get(token) or recorded[token] for token in card_tokens]

    def cached(self, card_tokens: Sequence[str]) -> dict[str, CardAction]:
        """Return the states that Redis holds; none while it is down."""
        try:
            copies = self.cache.mget([cache_key(token) for token in card_tokens])
        except redis.RedisError:
            return {}
        held = [(token, copy) for token, copy in zip(card_tokens, copies, strict=True) if copy]
        return {token: state for (token, _), state in ours("redis.card_actions", held, _copied)}

    def recorded(self, card_tokens: Sequence[str]) -> dict[str, CardAction]:
        """Return the state of each card from Firestore. Raises RetryableError while that is down."""
        references = [self.reference(token) for token in card_tokens]
        with reaching_firestore():
            snapshots = self.documents.get_all(references, retry=None, timeout=FIRESTORE_TIMEOUT_S)
            return {snapshot.id: state_of(snapshot) for snapshot in snapshots}

    def write(self, transaction: firestore.Transaction, state: CardAction) -> None:
        """Record a new state, and keep it in the card's history, as a part of a transaction that has read the card."""
        reference, document = self.reference(state.card_token), to_document(state)
        transaction.set(reference, document)
        transaction.set(reference.collection(HISTORY).document(f"{state.revision:08d}"), document)

    def history(self, card_token: str) -> list[CardAction]:
        """Return every state a card has had, oldest first. Raises RetryableError while Firestore is down."""
        with reaching_firestore():
            snapshots = self.reference(card_token).collection(HISTORY).stream(timeout=FIRESTORE_TIMEOUT_S)
            return [state_of(snapshot) for snapshot in snapshots]

    def release(self, card_token: str, person: str, reason: str, now: datetime, confirmed: Confirmed) -> CardAction:
        """Lift what is in force on a card, everywhere, and return its state; repeated, it announces that again.

        Raises CardConflictError while a review of the card has confirmed fraud, RetryableError while a store is down.
        """

        @firestore.transactional
        def lift(transaction: firestore.Transaction) -> CardAction:
            held = state_of(self.reference(card_token).get(transaction=transaction, timeout=FIRESTORE_TIMEOUT_S))
            if held.in_force(now) is None:
                return held
            if fraud := confirmed(card_token, transaction):
                raise CardConflictError(f"the review of {fraud} has confirmed fraud with this card: reopen that first")
            state = released(held, person, reason, now)
            self.write(transaction, state)
            return state

        with reaching_firestore():
            state: CardAction = lift(self.documents.transaction())
        if state.revision:
            self.announce(state)
        return state

    def block(
        self, payment: Alert | Review, person: str, reason: str, now: datetime, over: Action | None
    ) -> CardAction:
        """Block a payment's card for good, unless more than `over` is in force; return its state, announced again.

        Raises SubjectErasedError where the payment was erased, RetryableError while a store is down.
        """
        reference = self.reference(payment.card_token)

        @firestore.transactional
        def shut(transaction: firestore.Transaction) -> CardAction:
            marks = ErasedCards(self.documents)
            [snapshot] = marks.read_beside([reference], card_payment(payment), transaction, FIRESTORE_TIMEOUT_S)
            held = state_of(snapshot)
            if (action := held.in_force(now)) and (over is None or action.strength > over.strength):
                return held
            state = blocked(held, person, reason, payment.transaction_id, now)
            self.write(transaction, state)
            return state

        with reaching_firestore():
            state: CardAction = shut(self.documents.transaction())
        self.announce(state)
        return state

    def announce(self, state: CardAction) -> None:
        """Copy a recorded state to Redis and tell `card-actions`; to be repeated when it raises, and harmless if so.

        Raises RetryableError while Redis or Pub/Sub is down.
        """
        with reaching_redis():
            self._put([state])
        action = state.action.value if state.action else "RELEASED"
        idempotency_key = f"{state.card_token}:{state.revision}"
        publish(TOPIC, encode_card_action(state), state.card_token, action=action, idempotency_key=idempotency_key)

    def _remember(self, states: Iterable[CardAction]) -> None:
        try:
            self._put(states)
        except redis.RedisError:
            return  # the next look-up reads the record again

    def _put(self, states: Iterable[CardAction]) -> None:
        with self.cache.pipeline(transaction=False) as pipeline:
            for state in states:
                key, life = cache_key(state.card_token), cache_life(state)
                pipeline.eval(PUT_IF_NEWER, 1, key, state.revision, encode_card_action(state), life)
            pipeline.execute()


def _copied(pair: tuple[str, bytes | str]) -> CardAction:
    return decode_card_action(pair[1])


def state_of(snapshot: firestore.DocumentSnapshot[Any]) -> CardAction:
    """Return the state that a card's document holds, or that of a card nothing was ever decided about.

    Raises msgspec.ValidationError for a document that holds none.
    """
    document = snapshot.to_dict()
    return from_document(document, CardAction) if document else undecided(snapshot.id)
