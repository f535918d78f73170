"""Payment attempts in Redis: how many their sender, card and device have made, what is decided about the card.

One round trip finds and keeps the facts of an attempt, atomically: whoever asks again, at the same time or after a
crash, is given those. `velocity:sender:{account}` counts as the stream does (`fraud_stream.state.window`): distinct
transaction ids in (t - 60 s, t] of event time, this one included; `velocity:card:{mark}` and `velocity:device:{device}`
count distinct accounts and cards in (t - 1 h, t]. Keys end an hour after their last use, those two after two, and no
card data is in them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import NamedTuple

import msgspec
import redis.asyncio

from fraud.authorization.answer import ANSWER_LIFE, Facts
from fraud.authorization.attempt import Attempt
from fraud.authorization.listing import list_keys
from fraud.cards import CardAction, encode_card_action
from fraud.errors import RetryableError
from fraud.scoring.velocity import OUT_OF_ORDER, SPREAD_WINDOW, VELOCITY_WINDOW
from fraud_service.cards.record import cache_key, cache_life
from fraud_service.lists.record import COPY
from fraud_service.stores.cache import reaching_redis

MOST_ATTEMPTS = 1_000
"""Attempts of one account, card or device that are remembered at once; who has so many in its window is refused."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCRIPT = files("fraud_service.authorization").joinpath("attempts.lua").read_text()
_DECODE = msgspec.json.Decoder(Facts).decode
_LIFE_S = int(ANSWER_LIFE.total_seconds())


class Recorded(NamedTuple):
    """What Firestore holds of an attempt: the states of its card by token, and the lists that it is on."""

    states: Mapping[str, CardAction]
    listed: str | None


_NOTHING = Recorded({}, None)


class Attempts:
    """The attempts, by the Redis client of the process."""

    def __init__(self, cache: redis.asyncio.Redis) -> None:
        self._look = cache.register_script(_SCRIPT)

    async def look(self, attempt: Attempt, recorded: Recorded | None = None) -> Facts:
        """Return the facts of an attempt: those kept before, else new ones, which are kept.

        `states` is None where Redis lacks a state, `listed` where it has no copy of the lists; pass what Firestore
        holds to have both filled in, for good. Raises RetryableError where Redis does not answer, or what it holds
        cannot be read.
        """
        with reaching_redis():
            answer = await self._look(_keys(attempt), _arguments(attempt, recorded or _NOTHING))
        try:
            return _DECODE(answer)
        except msgspec.DecodeError as error:
            raise RetryableError("what Redis holds cannot be read") from error


def _keys(attempt: Attempt) -> list[str]:
    event = attempt.payment.event
    about_payment = [
        f"authorization:{event.transaction_id}",
        f"velocity:sender:{event.sender_account_id}",
        COPY,
        f"velocity:card:{attempt.card_mark}",
        f"velocity:device:{event.device_id}",
    ]
    return about_payment + [cache_key(token) for token in attempt.card_tokens]


def _arguments(attempt: Attempt, recorded: Recorded) -> list[str | bytes | int]:
    about_payment: list[str | bytes | int] = [
        attempt.payment.event.transaction_id,
        _microseconds(attempt.payment.event_time),
        _microseconds(attempt.asked_at),
        VELOCITY_WINDOW // _MICROSECOND,
        OUT_OF_ORDER // _MICROSECOND,
        _LIFE_S,
        MOST_ATTEMPTS,
        attempt.fingerprint,
        attempt.asked_at.isoformat(),
        msgspec.json.encode(list_keys(attempt)),
        "?" if recorded.listed is None else recorded.listed,
        SPREAD_WINDOW // _MICROSECOND,
        attempt.payment.event.sender_account_id,
        attempt.card_mark,
    ]
    return about_payment + [part for token in attempt.card_tokens for part in _recorded(recorded.states.get(token))]


def _recorded(state: CardAction | None) -> tuple[bytes | str, int | str]:
    return (encode_card_action(state), cache_life(state)) if state else ("", "")


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
