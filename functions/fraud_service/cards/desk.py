"""Cards by HTTP: looked up, released."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Request, Response

from fraud_service.cards.acts import Card, CardActs, Release
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller, caller_if_named
from fraud_service.http.router import Endpoint
from fraud_service.looks import What, record_look


@dataclass(frozen=True)
class CardDesk:
    """The endpoints about cards; `acts` gives what they do."""

    acts: Callable[[], CardActs]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {"POST /cards/show": self._show, "POST /cards/release": self._release}

    def _show(self, request: Request) -> Response:
        card_token = read_json(request, Card).card_token
        record_look(What.CARD, card_token, caller_if_named(request))
        return answer(self.acts().show(card_token))

    def _release(self, request: Request) -> Response:
        person, body = caller(request), read_json(request, Release)
        return answer(self.acts().release(body, person))
