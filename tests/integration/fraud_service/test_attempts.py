"""The attempts' facts on a real Redis: counted as the stream counts, once, for everybody the same."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

import numpy as np
import pytest
import redis.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fraud.authorization.answer import Facts
from fraud.authorization.attempt import Attempt, make_attempt
from fraud.cards import Action, CardAction, encode_card_action, undecided
from fraud.errors import RetryableError
from fraud.masking.key import KeyRing
from fraud.payments.event import parse_payment
from fraud_service.authorization.attempts import MOST_ATTEMPTS, Attempts, Recorded
from fraud_service.cards.record import UNDECIDED_LIFE_S, cache_key
from fraud_stream.state.window import Charges, trailing_features
from infra.local.servers.redis import Redis
from tests.builders import CARD, KEY, NOON, fresh_card, payment_json, rfc3339

Found = TypeVar("Found")
_CARDS: defaultdict[str, str] = defaultdict(fresh_card)
"""An account's own card: another's clock would tell that some attempts of it are forgotten."""
KEYS = KeyRing({"1": KEY, "2": "ab" * 32})
MINUTE = timedelta(minutes=1)
OFFSETS = st.builds(lambda step, edge: step * 15_000_000 + edge, st.integers(0, 12), st.integers(-1, 1))
"""Microseconds, many of them exactly a window apart, and all within the tolerance for out-of-order."""


def on(server: Redis, use: Callable[[redis.asyncio.Redis], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        async with redis.asyncio.Redis.from_url(server.url) as client:
            return await use(client)

    return asyncio.run(run())


def attempt(account: str, at: datetime = NOON, asked_at: datetime | None = None, **changes: object) -> Attempt:
    event = {
        "transaction_id": f"TXN_{token_hex(8)}",
        "sender_account_id": account,
        "credit_card": _CARDS[account],
        "device_id": f"device of {account}",
        "event_time": rfc3339(at),
    }
    return make_attempt(parse_payment(payment_json(**event | changes)), KEYS, asked_at or at)


def known(attempt: Attempt) -> Recorded:
    """What Firestore holds of a card that nothing was decided about, of a payment on no list."""
    return Recorded({token: undecided(token) for token in attempt.card_tokens}, "")


def looked(server: Redis, attempts: Sequence[Attempt]) -> list[Facts]:
    """The facts of attempts one after the other, on a card nothing was decided about."""

    async def look(client: redis.asyncio.Redis) -> list[Facts]:
        store = Attempts(client)
        return [await store.look(one, known(one)) for one in attempts]

    return on(server, look)


def velocities(server: Redis, offsets: Sequence[int]) -> list[int | None]:
    account = f"ACC_{token_hex(8)}"
    attempts = [attempt(account, NOON + timedelta(microseconds=offset), NOON + MINUTE) for offset in offsets]
    return [facts.velocity_60s for facts in looked(server, attempts)]


def charges(offsets: Sequence[int]) -> Charges:
    ones = np.ones(len(offsets), np.uint64)
    return Charges(ones, np.array(offsets, np.int64), ones.astype(np.int32), ones, ones)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(OFFSETS, min_size=1, max_size=20))
def test_in_order_the_count_is_the_streams_whatever_its_batches(redis_server: Redis, drawn: list[int]) -> None:
    offsets = sorted(drawn)
    expected = trailing_features(charges([]), charges(offsets)).velocity_60s.tolist()
    assert velocities(redis_server, offsets) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(OFFSETS.filter(lambda offset: offset <= 120_000_000), min_size=1, max_size=20))
def test_in_any_order_the_count_is_the_streams_after_each_arrival(redis_server: Redis, offsets: list[int]) -> None:
    expected = [
        int(trailing_features(charges(offsets[:index]), charges([offset])).velocity_60s[0])
        for index, offset in enumerate(offsets)
    ]
    assert velocities(redis_server, offsets) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(OFFSETS, st.sampled_from("abc"), st.sampled_from("123")), min_size=1, max_size=20),
    st.sampled_from([timedelta(0), timedelta(minutes=57)]),
)
def test_accounts_of_a_card_and_cards_of_a_device_are_the_streams_of_an_hour(
    redis_server: Redis, drawn: list[tuple[int, str, str]], later: timedelta
) -> None:
    run, cards = token_hex(8), {name: fresh_card() for name in "123"}
    gap = later // timedelta(microseconds=1)
    seen = sorted((offset + gap * (offset > 90_000_000), account, card) for offset, account, card in drawn)
    attempts = [
        attempt(
            f"{account}{run}",
            NOON + timedelta(microseconds=offset),
            NOON + timedelta(hours=2),
            credit_card=cards[card],
            device_id=run,
        )
        for offset, account, card in seen
    ]
    found = looked(redis_server, attempts)
    for index, (offset, _, card) in enumerate(seen):
        hour = [one for one in seen[: index + 1] if offset - 3_600_000_000 < one[0] <= offset]
        assert found[index].card_accounts_1h == len({account for _, account, used in hour if used == card})
        assert found[index].device_cards_1h == len({used for _, _, used in hour})


def test_a_card_is_counted_by_no_token_of_it(redis_server: Redis) -> None:
    one = attempt(f"ACC_{token_hex(8)}", credit_card=fresh_card(), device_id=token_hex(8))
    keys = (f"velocity:card:{one.card_mark}", f"velocity:device:{one.payment.event.device_id}")
    looked(redis_server, [one])

    async def kept(client: redis.asyncio.Redis) -> tuple[list[str], list[int]]:
        members = [await client.zrange(key, 0, -1) for key in keys]
        return [*keys, str(members)], [await client.ttl(key) for key in keys]

    texts, lives = on(redis_server, kept)
    assert not [text for text in texts if any(token[:16] in text for token in one.card_tokens)]
    assert one.payment.event.sender_account_id not in str(texts)
    assert [7_100 < life <= 7_200 for life in lives] == [True, True]


def test_accounts_do_not_mix(redis_server: Redis) -> None:
    mine, yours = f"ACC_{token_hex(8)}", f"ACC_{token_hex(8)}"
    found = looked(redis_server, [attempt(mine), attempt(yours), attempt(mine)])
    assert [facts.velocity_60s for facts in found] == [1, 1, 2]


def test_the_same_attempt_is_given_the_facts_of_its_first_look(redis_server: Redis) -> None:
    account = f"ACC_{token_hex(8)}"
    first = attempt(account)
    before, _, again = looked(redis_server, [first, attempt(account), first])
    assert again == before
    assert before.velocity_60s == 1


def test_an_event_too_far_behind_is_counted_as_far_as_is_known(redis_server: Redis) -> None:
    account, now = f"ACC_{token_hex(8)}", NOON + 10 * MINUTE
    behind = [NOON, now, now - 2 * MINUTE, now - 2 * MINUTE - timedelta(microseconds=1)]
    found = looked(redis_server, [attempt(account, at, now) for at in behind])
    assert [facts.velocity_complete for facts in found] == [True, True, True, False]


def test_a_clock_that_runs_ahead_outdates_no_other_attempt(redis_server: Redis) -> None:
    account = f"ACC_{token_hex(8)}"
    times = [NOON, NOON, NOON + 5 * MINUTE, NOON, NOON]
    found = looked(redis_server, [attempt(account, at, NOON) for at in times])
    assert [(facts.velocity_60s, facts.velocity_complete) for facts in found] == [
        (1, True),
        (2, True),
        (1, True),
        (3, True),
        (4, True),
    ]


def test_what_is_remembered_of_an_account_has_bounds(redis_server: Redis) -> None:
    account = f"ACC_{token_hex(8)}"
    looked(redis_server, [attempt(account, NOON + index * timedelta(microseconds=1)) for index in range(1_010)])

    async def measures(client: redis.asyncio.Redis) -> tuple[int, int]:
        key = f"velocity:sender:{account}"
        return int(await client.zcard(key)), int(await client.ttl(key))

    remembered, life = on(redis_server, measures)
    assert remembered == MOST_ATTEMPTS
    assert 3_500 < life <= 3_600
    [late] = looked(redis_server, [attempt(account, NOON + 4 * MINUTE)])
    assert late.velocity_60s == 1
    assert on(redis_server, measures)[0] == 1


def test_the_first_look_counts_and_the_cards_state_is_filled_in(redis_server: Redis) -> None:
    one = attempt(f"ACC_{token_hex(8)}", credit_card=fresh_card())

    async def look(client: redis.asyncio.Redis) -> tuple[Facts, Facts, Facts, int]:
        store = Attempts(client)
        cold = await store.look(one)
        await store.look(attempt(one.payment.event.sender_account_id))
        blocked = CardAction(card_token=one.card_tokens[0], revision=1, action=Action.BLOCK_CARD, reason="card testing")
        states = {**known(one).states, one.card_tokens[0]: blocked}
        filled = await store.look(one, Recorded(states, ""))
        return cold, filled, await store.look(one), int(await client.ttl(cache_key(one.card_tokens[1])))

    cold, filled, again, life = on(redis_server, look)
    assert (cold.velocity_60s, cold.states) == (1, None)
    assert filled.velocity_60s == 1
    assert [state.action for state in filled.states or []] == [Action.BLOCK_CARD, None]
    assert again == filled
    assert 0 < life <= UNDECIDED_LIFE_S


def test_a_newer_copy_in_redis_wins_over_what_firestore_held_before(redis_server: Redis) -> None:
    one = attempt(f"ACC_{token_hex(8)}", credit_card=fresh_card())

    async def look(client: redis.asyncio.Redis) -> Facts:
        for token in one.card_tokens:
            copy = CardAction(card_token=token, revision=1, action=Action.BLOCK_CARD)
            await client.set(cache_key(token), encode_card_action(copy))
        return await Attempts(client).look(one, known(one))

    assert [state.action for state in on(redis_server, look).states or []] == [Action.BLOCK_CARD] * 2


def test_twins_at_the_same_time_are_one_attempt(redis_server: Redis) -> None:
    one = attempt(f"ACC_{token_hex(8)}")

    async def look(client: redis.asyncio.Redis) -> list[Facts]:
        store = Attempts(client)
        return await asyncio.gather(*(store.look(one, known(one)) for _ in range(20)))

    assert {str(facts) for facts in on(redis_server, look)} == {str(looked(redis_server, [one])[0])}


def test_no_key_and_no_value_holds_card_data_nor_whose_card_it_was(redis_server: Redis) -> None:
    one = attempt(f"ACC_{token_hex(8)}", credit_card=CARD)
    looked(redis_server, [one])

    async def kept(client: redis.asyncio.Redis) -> str | bytes:
        return await client.get(f"authorization:{one.payment.event.transaction_id}") or b""

    facts = str(on(redis_server, kept))
    assert "velocity_60s" in facts
    assert not [secret for secret in (CARD, CARD[-4:], "9173", "08/31", *one.card_tokens) if secret in facts]


def test_a_redis_that_is_not_there_is_to_be_tried_again() -> None:
    async def look() -> Facts:
        async with redis.asyncio.Redis(port=1, retry=Retry(NoBackoff(), 0)) as nowhere:
            return await Attempts(nowhere).look(attempt("ACC_1"))

    with pytest.raises(RetryableError, match="Redis does not answer: ConnectionError"):
        asyncio.run(look())


FOREIGN = {"another type": ("hset", "foreign", "yes"), "no JSON": ("set", "yes"), "no facts": ("set", "{}")}


@pytest.mark.parametrize("command", FOREIGN.values(), ids=FOREIGN)
def test_what_another_left_under_the_keys_of_an_attempt_is_no_fact(redis_server: Redis, command: Sequence[str]) -> None:
    one = attempt(f"ACC_{token_hex(8)}")
    name, *values = command

    async def look(client: redis.asyncio.Redis) -> Facts:
        for key in (f"authorization:{one.payment.event.transaction_id}", *map(cache_key, one.card_tokens)):
            await client.delete(key)
            await client.execute_command(name, key, *values)  # type: ignore[no-untyped-call]
        return await Attempts(client).look(one, Recorded({token: undecided(token) for token in one.card_tokens}, ""))

    facts = on(redis_server, look)
    assert (facts.velocity_60s, facts.fingerprint, facts.states is None) == (1, one.fingerprint, False)


@pytest.mark.parametrize("kind", ["sender", "card", "device"])
def test_a_set_of_attempts_that_is_none_makes_velocity_unknown(redis_server: Redis, kind: str) -> None:
    one = attempt(f"ACC_{token_hex(8)}", credit_card=fresh_card(), device_id=token_hex(8))
    event = one.payment.event
    whose = {"sender": event.sender_account_id, "card": one.card_mark, "device": event.device_id}

    async def look(client: redis.asyncio.Redis) -> Facts:
        await client.set(f"velocity:{kind}:{whose[kind]}", "7", ex=10)
        return await Attempts(client).look(one, Recorded({token: undecided(token) for token in one.card_tokens}, ""))

    facts = on(redis_server, look)
    counts = {"sender": facts.velocity_60s, "card": facts.card_accounts_1h, "device": facts.device_cards_1h}
    assert (counts, facts.velocity_complete) == ({**dict.fromkeys(counts, 1), kind: None}, False)
