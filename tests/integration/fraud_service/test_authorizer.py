"""The authorizer on a real Redis and the Firestore emulator, and where either is not to be had."""

import asyncio
import os
import signal
from secrets import token_hex

import pytest
import redis.asyncio
from google.cloud import firestore
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fraud.authorization.answer import Authorization
from fraud.authorization.attempt import Attempt, make_attempt
from fraud.cards import Action, CardAction
from fraud.lists import Listing, ListText
from fraud.masking.card import card_tokens
from fraud.masking.key import KeyRing
from fraud.payments.event import parse_payment
from fraud_service.authorization.attempts import Attempts, Recorded
from fraud_service.authorization.authorizer import Authorizer, OtherPaymentError
from fraud_service.authorization.listing import RecordedLists
from fraud_service.lists.acts import ListActs
from fraud_service.lists.record import ListCopy
from fraud_service.stores.documents import documents, to_document
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from tests.builders import KEY, NOON, fresh_card, payment_json

pytestmark = pytest.mark.usefixtures("redis_server", "firestore", "stack_environment")

OLD, BOTH = KeyRing({"1": KEY}), KeyRing({"1": KEY, "2": token_hex(32)})
NOWHERE = "redis://127.0.0.1:1"
PROJECT = "local-fraud"


def question(**changes: object) -> bytes:
    names = {name: token_hex(8) for name in ("transaction_id", "sender_account_id", "device_id")}
    return payment_json(**names | {"credit_card": fresh_card()} | changes)


def answers(url: str, keys: KeyRing, *questions: bytes, kind: type[Authorizer] = Authorizer) -> list[Authorization]:
    async def run() -> list[Authorization]:
        async with redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as cache:
            documents = firestore.AsyncClient(PROJECT)
            authorizer = kind(Attempts(cache), documents, RecordedLists(documents, cache), 5.0)
            attempts = [make_attempt(parse_payment(one), keys, NOON) for one in questions]
            return [await authorizer.authorize(one, keys) for one in attempts]

    return asyncio.run(run())


def copy_lists(server: Redis) -> None:
    """Put what stands on lists into Redis, as the desk does."""
    with redis.Redis.from_url(server.url) as cache:
        ListActs(copy=ListCopy(cache)).refill()


@pytest.mark.parametrize("is_copied", [True, False])
@pytest.mark.parametrize(
    ("kind", "value", "field"),
    [
        ("account", "ACC_{}", "sender_account_id"),
        ("receiver", "ACC_{}", "receiver_account_id"),
        ("device", "device/{}", "device_id"),
        ("merchant", "MER_{}", "merchant_id"),
    ],
)
def test_what_is_on_a_list_is_declined(
    redis_server: Redis, kind: str, value: str, field: str, *, is_copied: bool
) -> None:
    blocked, other = (value.format(token_hex(8)) for _ in range(2))
    text = ListText(listing=Listing.BLOCK, reason="mule")
    with redis.Redis.from_url(redis_server.url) as cache:
        acts = ListActs(copy=ListCopy(cache))
        acts.put(kind, blocked, text, "jo")
        if not is_copied:
            acts.copy.drop()
        asked = [question(**{field: one}, credit_card=fresh_card()) for one in (blocked, other)]
        found = answers(redis_server.url, OLD, *asked)
        assert [(one.decision, one.list_hits) for one in found] == [("DECLINED", [f"BLOCK {kind}"]), ("APPROVED", [])]
        assert found[0].reasons == ["BLOCKED_LIST"]
        acts.remove(kind, blocked, "jo")
    [free] = answers(redis_server.url, OLD, question(**{field: blocked}, credit_card=fresh_card()))
    assert free.decision == "APPROVED"


def test_a_card_a_network_and_an_expiry(redis_server: Redis) -> None:
    card, network = fresh_card(), f"2001:db8:{token_hex(2)}::/48"
    over = ListText(listing=Listing.BLOCK, reason="until noon", expires_at=NOON)
    with redis.Redis.from_url(redis_server.url) as cache:
        acts = ListActs(copy=ListCopy(cache))
        acts.put("card", card_tokens(BOTH, card)["1"], ListText(listing=Listing.BLOCK, reason="stolen"), "jo")
        wide = acts.put("network", "2001:db8::/32", ListText(listing=Listing.BLOCK, reason="proxy"), "jo")
        acts.put("device", "device-over", over, "jo")
        asked = [
            question(credit_card=card),
            question(credit_card=fresh_card(), ip_address=network.replace("/48", "7")),
            question(credit_card=fresh_card(), device_id="device-over"),
        ]
        found = answers(redis_server.url, BOTH, *asked)
        acts.remove(wide.kind, wide.value, "jo")
    assert [one.list_hits for one in found] == [["BLOCK card"], ["BLOCK network"], []]


def test_a_card_blocked_under_an_older_key_is_found(redis_server: Redis) -> None:
    card = fresh_card()
    token = card_tokens(OLD, card)["1"]
    state = CardAction(card_token=token, revision=1, action=Action.BLOCK_CARD)
    documents().collection("cards").document(token).set(to_document(state))
    [answer] = answers(redis_server.url, BOTH, question(credit_card=card))
    assert (answer.decision, answer.card_action) == ("DECLINED", Action.BLOCK_CARD)


def test_the_same_payment_is_known_again_after_a_new_key(redis_server: Redis) -> None:
    asked = question(credit_card=fresh_card())
    assert answers(redis_server.url, OLD, asked) == answers(redis_server.url, BOTH, asked)


def test_another_payment_is_refused(redis_server: Redis) -> None:
    with pytest.raises(OtherPaymentError, match=r"^this transaction_id was used for another payment$"):
        answers(redis_server.url, OLD, question(transaction_id="TXN_X"), question(transaction_id="TXN_X"))


def test_without_any_store_the_payer_is_challenged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    for answer in answers(NOWHERE, OLD, *(question() for _ in range(5))):
        assert (answer.decision, answer.reasons) == (
            "CHALLENGE_3DS",
            ["CARD_UNKNOWN", "LISTS_UNKNOWN", "VELOCITY_UNKNOWN"],
        )


def test_without_firestore_a_warm_redis_is_enough(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_lists(redis_server)
    card = fresh_card()
    [warm] = answers(redis_server.url, OLD, question(credit_card=card))
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    [answer] = answers(redis_server.url, OLD, question(credit_card=card))
    assert [warm.decision, answer.decision] == ["APPROVED", "APPROVED"]


def test_without_firestore_a_cold_redis_still_knows_velocity(
    redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    account = f"ACC_{token_hex(8)}"
    card = fresh_card()
    asked = [question(sender_account_id=account, credit_card=card) for _ in range(5)]
    found = answers(redis_server.url, OLD, *asked)
    known = [[reason for reason in answer.reasons if reason != "LISTS_UNKNOWN"] for answer in found]
    assert known == [["CARD_UNKNOWN"]] * 4 + [["VELOCITY", "CARD_UNKNOWN"]]
    assert [answer.decision for answer in found] == ["CHALLENGE_3DS"] * 4 + ["DECLINED"]


def test_an_answer_found_without_a_store_is_found_anew(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question(credit_card=fresh_card())
    with monkeypatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
        [before] = answers(redis_server.url, OLD, asked)
    [after] = answers(redis_server.url, OLD, asked)
    assert [before.decision, after.decision] == ["CHALLENGE_3DS", "APPROVED"]
    assert after.velocity_60s == 1


def test_redis_may_die_while_firestore_is_read(redis_server: Redis, local_stack: LocalStack) -> None:
    class Meanwhile(Authorizer):
        async def _recorded(self, attempt: Attempt) -> Recorded:
            recorded = await super()._recorded(attempt)
            os.kill(local_stack.pids["redis"], signal.SIGKILL)
            return recorded

    try:
        [answer] = answers(redis_server.url, OLD, question(credit_card=fresh_card()), kind=Meanwhile)
    finally:
        local_stack.restart("redis")
    assert (answer.decision, answer.velocity_60s) == ("APPROVED", 1)


def test_a_state_that_this_code_cannot_read_is_no_approval(redis_server: Redis) -> None:
    card = fresh_card()
    token = card_tokens(OLD, card)["1"]
    documents().collection("cards").document(token).set({"card_token": token, "revision": 1, "action": "MELT_CARD"})
    [answer] = answers(redis_server.url, OLD, question(credit_card=card))
    assert (answer.decision, answer.reasons) == ("CHALLENGE_3DS", ["CARD_UNKNOWN"])
