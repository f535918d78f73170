"""What the fraud team does about cards by HTTP: look one up, release it. A token stands in bodies only."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from flask import Request, Response

from fraud_service.cards.record import Cards
from fraud_service.clock import now
from fraud_service.http.answer import answer
from fraud_service.http.body import Reason, read_json
from fraud_service.http.caller import caller
from fraud_service.http.router import Endpoint
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents

Token = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a question about a card."""

    card_token: Token


class Release(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a release: why the card may be charged again."""

    card_token: Token
    reason: Reason


def cards() -> Cards:
    """Return the cards."""
    return Cards(documents(), cache_client())


def show_card(request: Request) -> Response:
    """Answer what holds for a card, and every change so far."""
    token = read_json(request, Card).card_token
    [state] = cards().recorded([token]).values()
    return answer({"card": state, "in_force": state.in_force(now()), "history": cards().history(token)})


def release(request: Request) -> Response:
    """Lift whatever is in force on a card; a card on which nothing is stays as it is."""
    person, body = caller(request), read_json(request, Release)
    return answer(cards().release(body.card_token, person, body.reason, now()))


ROUTES: Mapping[str, Endpoint] = {"POST /cards/show": show_card, "POST /cards/release": release}
