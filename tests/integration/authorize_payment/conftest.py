"""authorize_payment as its own process, on a real Redis and the Firestore emulator."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

import pytest

from fraud.cards import Action, CardAction
from fraud.masking.card import card_tokens
from fraud.masking.source import KeySource
from fraud_service import settings
from fraud_service.cards.record import Cards
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents, to_document
from fraud_service.stores.documents import documents as documents_client
from infra.local.functions.authorize_payment import AuthorizePayment
from infra.local.machine.ports import LOOPBACK
from infra.local.stack.local_stack import LocalStack
from tests.builders import as_json, fresh_card, payment_event, rfc3339

JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    document: dict[str, Any]
    kind: str | None

    @property
    def verdict(self) -> tuple[str, list[str]]:
        """Decision and reasons."""
        return self.document["decision"], self.document["reasons"]


@dataclass(frozen=True)
class Gateway:
    """A payment gateway that asks."""

    port: int

    def ask(self, event: Mapping[str, object]) -> Answer:
        """Ask about a payment."""
        return self.send(as_json(event))

    def send(
        self, body: bytes, method: str = "POST", path: str = "/authorize", headers: Mapping[str, str] = JSON
    ) -> Answer:
        """Send any request."""
        connection = HTTPConnection(LOOPBACK, self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            return Answer(reply.status, json.loads(reply.read()), reply.getheader("Content-Type"))
        finally:
            connection.close()


@pytest.fixture
def function(local_stack: LocalStack) -> AuthorizePayment:
    """The running function."""
    local_stack.start("authorize_payment")
    component = local_stack.component("authorize_payment")
    assert isinstance(component, AuthorizePayment)
    return component


@pytest.fixture
def gateway(function: AuthorizePayment) -> Gateway:
    """A gateway that asks the running function."""
    return Gateway(function.port)


@pytest.fixture
def cards(function: AuthorizePayment, local_stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cards]:
    """The cards of the stores that the function reads."""
    del function
    for name, value in local_stack.environment.items():
        monkeypatch.setenv(name, value)
    kept = (documents_client, cache_client, settings.project)
    for one in kept:
        one.cache_clear()
    yield Cards(documents(), cache_client())
    for one in kept:
        one.cache_clear()


@dataclass(frozen=True)
class Holder:
    """Somebody with an account and a card of their own."""

    account: str
    card: str
    token: str

    def payment(self, **changes: object) -> dict[str, object]:
        """Return a new payment of theirs, now."""
        fresh = {"transaction_id": f"TXN_{token_hex(8)}", "event_time": rfc3339(datetime.now(UTC))}
        own = {"sender_account_id": self.account, "credit_card": self.card, "device_id": f"DEV_{self.account}"}
        return payment_event(**fresh | own | changes)


@pytest.fixture
def holder(function: AuthorizePayment) -> Holder:
    """Somebody nobody knows yet."""
    return new_holder(function)


def new_holder(function: AuthorizePayment) -> Holder:
    """Return somebody nobody knows yet."""
    card = fresh_card()
    keys = KeySource(pii_hmac_keys_file=function.workspace.hmac_keys_file).key_ring(Path.read_bytes)
    return Holder(f"ACC_{token_hex(6)}", card, card_tokens(keys, card)[keys.newest.version])


def record(cards: Cards, holder: Holder, action: Action) -> CardAction:
    """Have Firestore alone say that something is done about a card."""
    state = CardAction(card_token=holder.token, revision=1, action=action, source="rule:test@1")
    cards.reference(holder.token).set(to_document(state))
    return state
