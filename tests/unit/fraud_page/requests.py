"""Requests as Starlette hands them over."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Message


def request(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Request:
    """Return a request with a body."""
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}, receive)


def status(app: ASGIApp, method: str, path: str, headers: Sequence[tuple[str, str]] = ()) -> int:
    """Send a request to an application, and return the answer's status."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw, "root_path": ""}
    found: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    async def call() -> None:
        await app(scope, receive, send)

    asyncio.run(call())
    return found[0]
