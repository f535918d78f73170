"""What has been decided about a card: the strongest action in force, who took it and why.

A weaker action never lifts a stronger one; only an expiry or a person's release does. Every change has the next
revision, so that whoever keeps a copy can tell the newer one, whatever order copies arrive in.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from fraud.errors import ConflictError

SCHEMA_VERSION = 1
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
"""A sentence that a person must give."""


class Action(StrEnum):
    """What is done about a card, from the weakest to the strongest."""

    MANUAL_REVIEW = "MANUAL_REVIEW"
    REQUIRE_3DS = "REQUIRE_3DS"
    BLOCK_CARD = "BLOCK_CARD"

    @property
    def strength(self) -> int:
        """Rank among actions: the higher one wins."""
        return _WEAKEST_FIRST.index(self)


_WEAKEST_FIRST = tuple(Action)


class CardConflictError(ConflictError):
    """The card stays as it is: a person has found that it was used for fraud."""


class CardAction(msgspec.Struct, frozen=True, kw_only=True):
    """A card's state: `cards/{card_token}` in Firestore, its copy in Redis, and a message on `card-actions`.

    `action` is None where a person has released the card, or nothing was ever decided (revision 0). `source` is
    `rule:ID@VERSION` or `person:NAME`; `transaction_id` is the payment whose alert led to it. Times are UTC.
    """

    schema_version: int = SCHEMA_VERSION
    card_token: str
    revision: int
    action: Action | None = None
    source: str = ""
    reason: str = ""
    transaction_id: str | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None

    def in_force(self, now: datetime) -> Action | None:
        """Return the action that holds at `now`, if any."""
        has_expired = self.expires_at is not None and self.expires_at <= now
        return None if has_expired else self.action


def undecided(card_token: str) -> CardAction:
    """Return the state of a card about which nothing was ever decided."""
    return CardAction(card_token=card_token, revision=0)


def is_stronger(wanted: Action, current: CardAction, now: datetime) -> bool:
    """Tell whether an action may replace what is in force at `now`."""
    held = current.in_force(now)
    return held is None or wanted.strength > held.strength


def strongest(states: list[CardAction], now: datetime) -> CardAction | None:
    """Return the state with the strongest action in force at `now`; a card has one state under each key version."""
    held = [(action.strength, state) for state in states if (action := state.in_force(now))]
    return max(held, key=lambda one: one[0])[1] if held else None


def released(current: CardAction, person: str, reason: str, now: datetime) -> CardAction:
    """Return the state after a person has lifted whatever is in force."""
    return CardAction(
        card_token=current.card_token,
        revision=current.revision + 1,
        source=f"person:{person}",
        reason=reason,
        transaction_id=current.transaction_id,
        decided_at=now,
    )


def blocked(current: CardAction, person: str, reason: str, transaction_id: str, now: datetime) -> CardAction:
    """Return the state after a person has blocked the card for good, because of a payment."""
    return CardAction(
        card_token=current.card_token,
        revision=current.revision + 1,
        action=Action.BLOCK_CARD,
        source=f"person:{person}",
        reason=reason,
        transaction_id=transaction_id,
        decided_at=now,
    )


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(CardAction)


def encode_card_action(state: CardAction) -> bytes:
    """Return the state as JSON."""
    return _ENCODER.encode(state)


def decode_card_action(document: bytes | str) -> CardAction:
    """Return the state that a JSON document holds. Raises msgspec.DecodeError."""
    return _DECODER.decode(document)
