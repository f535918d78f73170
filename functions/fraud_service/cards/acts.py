"""What people do about cards, by whichever door they come. A token stands in bodies only."""

from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from fraud.cards import Action, CardAction, Reason
from fraud_service import clock
from fraud_service.cards.record import Cards, Confirmed
from fraud_service.clock import Clock
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents

Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """A question about a card."""

    card_token: Token


class Release(msgspec.Struct, forbid_unknown_fields=True):
    """A release: why the card may be charged again."""

    card_token: Token
    reason: Reason


class CardStory(msgspec.Struct):
    """What holds for a card now, and every change so far, oldest first."""

    card: CardAction
    in_force: Action | None
    history: list[CardAction]


@dataclass(frozen=True)
class CardActs:
    """The acts on cards. Every method raises RetryableError while a store is down."""

    confirmed: Confirmed
    cards: Cards = field(default_factory=lambda: Cards(documents(), cache_client()))
    now: Clock = clock.now

    def show(self, card_token: str) -> CardStory:
        """Return a card's story."""
        [state] = self.cards.recorded([card_token]).values()
        return CardStory(state, state.in_force(self.now()), self.cards.history(card_token))

    def release(self, release: Release, person: str) -> CardAction:
        """Lift whatever is in force on a card; a card on which nothing is stays as it is.

        Raises CardConflictError while a review of the card says that it was fraud.
        """
        return self.cards.release(release.card_token, person, release.reason, self.now(), self.confirmed)
