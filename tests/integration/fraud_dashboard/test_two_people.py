"""Where two people are asked for, one alone neither erases nor reads: the page in this process, over real stores."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from urllib.parse import urlencode

import pytest
from google.cloud import firestore
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from fraud_page.alerts.feed import Feed
from fraud_page.application import create_application
from fraud_page.health.watch import Watch
from fraud_page.subjects.pages import erasure_api
from fraud_service.clock import now
from fraud_service.subjects.acts import COLLECTION
from infra.local.stack.local_stack import LocalStack

HOST = "127.0.0.1:8080"


async def ready(_request: Request) -> Response:
    return Response()


@pytest.fixture
def page(
    local_stack: LocalStack, store: firestore.Client, stack_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ASGIApp]:
    del store, stack_environment
    local_stack.start("gdpr_erasure")
    monkeypatch.setenv("ERASURE_URL", local_stack.environment["ERASURE_URL"])
    monkeypatch.setenv("TWO_PERSON_RULE", "true")
    erasure_api.cache_clear()
    yield create_application(object.__new__(Feed), Watch({}, now), ready)
    erasure_api.cache_clear()


def ask(page: ASGIApp, person: str, path: str, token: str) -> tuple[int, str]:
    """Send the form of the subject page as a browser does; return the answer's status and body."""
    fields = {"csrf": "0123456789", "kind": "card_token", "identifier": token, "confirmed": "yes"}
    headers = {
        "Host": HOST,
        "Origin": f"http://{HOST}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"person={person}; csrf=0123456789",
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": raw, "root_path": ""}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": urlencode(fields).encode(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def call() -> None:
        await page(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:  # this one may hold the browser's event loop
        thread.submit(asyncio.run, call()).result()
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:]).decode()


def acts(store: firestore.Client, person: str) -> list[tuple[str, str]]:
    found = [snapshot.to_dict() or {} for snapshot in store.collection(COLLECTION).stream()]
    return [(act["what"], act["proposed_by"]) for act in found if act["person"] == person]


@pytest.mark.parametrize(("path", "what", "done"), [("erasures", "erasure", 303), ("report", "report", 200)])
def test_one_alone_does_nothing(page: ASGIApp, store: firestore.Client, path: str, what: str, done: int) -> None:
    token, kim, lee = token_hex(32), f"kim{token_hex(4)}", f"lee{token_hex(4)}"
    for _ in range(2):
        status, body = ask(page, kim, f"/subjects/{path}", token)
        assert (status, token in body) == (202, False)
        assert f"The {what} waits for a second person" in body
    assert acts(store, kim) == []

    status, _ = ask(page, lee, f"/subjects/{path}", token)

    assert status == done
    assert acts(store, lee) == [(what, kim)]
    assert ask(page, lee, f"/subjects/{path}", token)[0] == 202
