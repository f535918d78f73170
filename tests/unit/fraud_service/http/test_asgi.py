import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from fraud.errors import RetryableError
from fraud.rights import ANYBODY
from fraud_service.http.asgi import AsyncRouter, json_answer, read_body
from tests.builders import CARD

JSON = {"content-type": "application/json"}


def ask(
    router: AsyncRouter, method: str, path: str, *parts: bytes, headers: Mapping[str, str] = JSON
) -> tuple[int, dict[str, Any], dict[str, str]]:
    sent = [(name.encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": sent, "query_string": b"", "root_path": ""}
    response = asyncio.run(router(Request(scope | {"server": ("localhost", 80), "scheme": "http"}, receiver(parts))))
    return response.status_code, json.loads(bytes(response.body)), dict(response.headers)


def receiver(parts: Sequence[bytes]) -> Receive:
    """Hand over a body part by part."""
    messages = iter([(part, True) for part in parts] + [(b"", False)])

    async def receive() -> Message:
        part, more = next(messages)
        return {"type": "http.request", "body": part, "more_body": more}

    return receive


async def echo(request: Request) -> Response:
    return json_answer({"length": len(await read_body(request, 10))})


async def fail(request: Request) -> Response:
    if request.headers["x-kind"] == "away":
        raise RetryableError("Redis does not answer")
    raise ZeroDivisionError(CARD)


async def ready() -> None:
    return


async def not_ready() -> None:
    raise ConnectionError(CARD)


ENDPOINTS = {"POST /echo": echo, "POST /fail": fail}
ROUTER = AsyncRouter(dict.fromkeys(ENDPOINTS, ANYBODY), ENDPOINTS, ready)


@pytest.mark.parametrize("path", ["/echo", "/echo/"])
def test_an_endpoint_is_found_by_method_and_path(path: str) -> None:
    status, document, headers = ask(ROUTER, "POST", path, b"12345", b"67890")
    assert (status, document) == (200, {"length": 10})
    assert (headers["content-type"], headers["cache-control"]) == ("application/json", "no-store")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/echo", 405, "POST"),
        ("POST", "/healthz", 405, "GET"),
        ("POST", "/", 404, None),
        ("GET", "/x", 404, None),
    ],
)
def test_what_is_not_there_is_a_problem(method: str, path: str, status: int, allow: str | None) -> None:
    answered, problem, headers = ask(ROUTER, method, path)
    assert (answered, problem["status"], headers.get("allow")) == (status, status, allow)
    assert headers["content-type"] == "application/problem+json"


def test_a_body_beyond_the_limit_is_refused_before_it_is_read_whole() -> None:
    status, problem, _ = ask(ROUTER, "POST", "/echo", b"x" * 11, b"never read")
    assert (status, problem["detail"]) == (413, "the body is longer than 10 bytes")


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": "application/json-seq"}])
def test_a_body_of_another_type_is_refused(headers: dict[str, str]) -> None:
    assert ask(ROUTER, "POST", "/echo", b"{}", headers=headers)[0] == 415


def test_a_charset_is_no_other_type() -> None:
    charset = {"content-type": "application/json; charset=utf-8"}
    assert ask(ROUTER, "POST", "/echo", b"{}", headers=charset)[0] == 200


def test_a_store_that_is_out_of_reach_is_a_503() -> None:
    status, problem, headers = ask(ROUTER, "POST", "/fail", headers=JSON | {"x-kind": "away"})
    assert (status, problem["detail"], headers["retry-after"]) == (503, "Redis does not answer", "1")


def test_a_failure_says_nothing_of_what_the_request_carried(capsys: pytest.CaptureFixture[str]) -> None:
    status, problem, _ = ask(ROUTER, "POST", "/fail", headers=JSON | {"x-kind": "bug"})
    assert (status, problem["detail"]) == (500, "the request failed")
    assert CARD not in json.dumps(problem) + "".join(capsys.readouterr())


def test_health_and_readiness() -> None:
    assert ask(ROUTER, "GET", "/healthz")[:2] == (200, {"status": "ok"})
    assert ask(ROUTER, "GET", "/readyz")[:2] == (200, {"status": "ready"})
    status, problem, _ = ask(AsyncRouter({}, {}, not_ready), "GET", "/readyz")
    assert (status, problem["detail"]) == (503, "not ready: ConnectionError")
