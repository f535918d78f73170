"""Card actions: Firestore keeps the record, Redis a copy for the authorisation, Pub/Sub tells everyone else.

A copy is replaced by a newer revision only. A card without a record is remembered as such for a minute, so that a
charge costs one look-up in Redis; a change overrides that at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import redis
from google.api_core.exceptions import GoogleAPIError
from google.cloud import firestore

from fraud.card_action import CardAction, decode_card_action, encode_card_action, undecided
from fraud.errors import RetryableError
from fraud_service.clients import publisher
from fraud_service.document import from_document, to_document
from fraud_service.settings import project

COLLECTION = "cards"
HISTORY = "history"
TOPIC = "card-actions"
DECIDED_LIFE_S = 7 * 86_400
UNDECIDED_LIFE_S = 60
FIRESTORE_TIMEOUT_S = 5.0
PUBLISH_TIMEOUT_S = 30

PUT_IF_NEWER = """
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).revision >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


def cache_key(card_token: str) -> str:
    """Return the Redis key of a card's current action."""
    return f"card:action:{card_token}"


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
        found = zip(card_tokens, copies, strict=True)
        return {token: decode_card_action(copy) for token, copy in found if copy is not None}

    def recorded(self, card_tokens: Sequence[str]) -> dict[str, CardAction]:
        """Return the state of each card from Firestore. Raises RetryableError while that is down."""
        references = [self.reference(token) for token in card_tokens]
        try:
            snapshots = list(self.documents.get_all(references, retry=None, timeout=FIRESTORE_TIMEOUT_S))
        except GoogleAPIError as error:
            raise RetryableError(f"Firestore does not answer: {type(error).__name__}") from error
        return {snapshot.id: state_of(snapshot) for snapshot in snapshots}

    def write(self, transaction: firestore.Transaction, state: CardAction) -> None:
        """Record a new state, and keep it in the card's history, as a part of a transaction that has read the card."""
        reference, document = self.reference(state.card_token), to_document(state)
        transaction.set(reference, document)
        transaction.set(reference.collection(HISTORY).document(f"{state.revision:08d}"), document)

    def announce(self, state: CardAction) -> None:
        """Copy a recorded state to Redis and tell `card-actions`; to be repeated when it raises, and harmless if so.

        Raises RetryableError while Redis is down, and what Pub/Sub raises after its own retries.
        """
        try:
            self._put([state])
        except redis.RedisError as error:
            raise RetryableError(f"Redis does not answer: {type(error).__name__}") from error
        client = publisher()
        action = state.action.value if state.action else "RELEASED"
        topic, key = client.topic_path(project(), TOPIC), state.card_token
        future = client.publish(
            topic, encode_card_action(state), key, action=action, idempotency_key=f"{key}:{state.revision}"
        )
        try:
            future.result(PUBLISH_TIMEOUT_S)
        except Exception:
            client.resume_publish(topic, key)  # a failed message holds back its card's later ones until told otherwise
            raise

    def _remember(self, states: Iterable[CardAction]) -> None:
        try:
            self._put(states)
        except redis.RedisError:
            return  # the next look-up reads the record again

    def _put(self, states: Iterable[CardAction]) -> None:
        with self.cache.pipeline(transaction=False) as pipeline:
            for state in states:
                life = DECIDED_LIFE_S if state.revision else UNDECIDED_LIFE_S
                pipeline.eval(
                    PUT_IF_NEWER, 1, cache_key(state.card_token), state.revision, encode_card_action(state), life
                )
            pipeline.execute()


def state_of(snapshot: firestore.DocumentSnapshot[firestore.DocumentReference]) -> CardAction:
    """Return the state that a card's document holds, or that of a card nothing was ever decided about."""
    document = snapshot.to_dict()
    return from_document(document, CardAction) if document else undecided(snapshot.id)
