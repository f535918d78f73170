"""Requests as Starlette hands them over."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import Message


def request(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Request:
    """Return a request with a body."""
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}, receive)
