"""Requests as functions-framework hands them over."""

from collections.abc import Mapping

from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder


def request(
    path: str = "/", method: str = "POST", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Request:
    """Return a request; a body is JSON unless the headers say otherwise."""
    return Request(
        EnvironBuilder(path, method=method, data=body, headers=Headers(JSON | dict(headers or {}))).get_environ()
    )


JSON = {"Content-Type": "application/json"}
