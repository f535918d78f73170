"""A card's state on a real Firestore emulator, a real Redis and a real Pub/Sub emulator."""

from collections.abc import Iterator
from secrets import token_hex

import pytest
import redis
from google.cloud import firestore
from google.cloud.pubsub_v1 import SubscriberClient

from fraud.cards import Action, CardAction, decode_card_action, released, undecided
from fraud.errors import RetryableError
from fraud_service.cards.record import UNDECIDED_LIFE_S, Cards, cache_key, state_of
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents, to_document
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("redis_server", "firestore", "pubsub", "stack_environment")

NOWHERE = redis.Redis(port=1, socket_connect_timeout=0.2)


@pytest.fixture
def cards() -> Cards:
    return Cards(documents(), cache_client())


@pytest.fixture
def block() -> CardAction:
    return CardAction(
        card_token=token_hex(32), revision=1, action=Action.BLOCK_CARD, source="rule:block@1", decided_at=NOON
    )


@pytest.fixture
def messages(stack_environment: dict[str, str]) -> Iterator[tuple[SubscriberClient, str]]:
    with SubscriberClient() as subscriber:
        project = stack_environment["GOOGLE_CLOUD_PROJECT"]
        path = subscriber.subscription_path(project, f"cards-{token_hex(4)}")
        subscriber.create_subscription(name=path, topic=f"projects/{project}/topics/card-actions")
        yield subscriber, path


def record(cards: Cards, state: CardAction) -> None:
    cards.reference(state.card_token).set(to_document(state))


def test_a_record_survives_firestore(cards: Cards, block: CardAction) -> None:
    record(cards, block)
    assert state_of(cards.reference(block.card_token).get()) == block


def test_a_cold_cache_is_filled_from_the_record(cards: Cards, block: CardAction) -> None:
    record(cards, block)
    assert cards.states([block.card_token]) == [block]
    assert cards.cached([block.card_token]) == {block.card_token: block}


def test_a_card_without_a_record_is_remembered_for_a_minute(cards: Cards, block: CardAction) -> None:
    assert cards.states([block.card_token]) == [undecided(block.card_token)]
    assert 0 < int(str(cards.cache.ttl(cache_key(block.card_token)))) <= UNDECIDED_LIFE_S


def test_a_change_overrides_what_was_remembered_at_once(cards: Cards, block: CardAction) -> None:
    cards.states([block.card_token])
    record(cards, block)
    cards.announce(block)
    assert cards.states([block.card_token]) == [block]


def test_an_older_state_that_arrives_late_changes_nothing(cards: Cards, block: CardAction) -> None:
    lifted = released(block, "jo", "customer called", NOON)
    cards.announce(lifted)
    cards.announce(block)
    assert cards.cached([block.card_token]) == {block.card_token: lifted}


def test_a_change_is_told_to_everyone(cards: Cards, block: CardAction, messages: tuple[SubscriberClient, str]) -> None:
    cards.announce(block)
    subscriber, path = messages
    [one] = subscriber.pull(subscription=path, max_messages=10, timeout=20).received_messages
    assert decode_card_action(one.message.data) == block
    assert dict(one.message.attributes) == {"action": "BLOCK_CARD", "idempotency_key": f"{block.card_token}:1"}


def test_while_redis_is_down_the_record_answers(cards: Cards, block: CardAction) -> None:
    record(cards, block)
    assert Cards(cards.documents, NOWHERE).states([block.card_token]) == [block]


def test_while_redis_is_down_a_change_is_to_be_tried_again(cards: Cards, block: CardAction) -> None:
    with pytest.raises(RetryableError, match="Redis does not answer"):
        Cards(cards.documents, NOWHERE).announce(block)


def test_without_any_store_there_is_no_answer(block: CardAction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    with pytest.raises(RetryableError, match="Firestore does not answer"):
        Cards(firestore.Client("local-fraud"), NOWHERE).states([block.card_token])


@pytest.mark.parametrize("foreign", ["no JSON", "[]", '{"revision": "many"}', None], ids=str)
def test_a_copy_that_is_none_is_looked_up_and_replaced(cards: Cards, block: CardAction, foreign: str | None) -> None:
    record(cards, block)
    key = cache_key(block.card_token)
    if foreign is None:
        cards.cache.hset(key, "foreign", "yes")
    else:
        cards.cache.set(key, foreign)
    assert cards.states([block.card_token]) == [block]
    assert cards.cached([block.card_token]) == {block.card_token: block}
