import json
from http import HTTPStatus

import pytest
from flask import Request, Response

from fraud.errors import RetryableError
from fraud.rights import ANYBODY
from fraud_service.http.answer import answer
from fraud_service.http.problem import ProblemError
from fraud_service.http.router import Endpoint, Router
from tests.builders import CARD
from tests.unit.fraud_service.requests import request


def echo(_request: Request, number: str) -> Response:
    return answer({"number": number})


def refuse(_request: Request) -> Response:
    raise ProblemError(HTTPStatus.CONFLICT, "two of them", "pii_hash")


def out_of_reach(_request: Request) -> Response:
    raise RetryableError("Firestore does not answer")


def crash(_request: Request) -> Response:
    raise ValueError(CARD)


ENDPOINTS: dict[str, Endpoint] = {
    "GET /things/<number>": echo,
    "PUT /things/<number>": echo,
    "POST /refuse": refuse,
    "POST /later": out_of_reach,
    "POST /crash": crash,
}
ROUTER = Router(dict.fromkeys(ENDPOINTS, ANYBODY), ENDPOINTS, ready=lambda: None)


@pytest.mark.parametrize(
    ("method", "path", "status", "document"),
    [
        ("GET", "/things/7", 200, {"number": "7"}),
        ("GET", "/healthz", 200, {"status": "ok"}),
        ("GET", "/readyz", 200, {"status": "ready"}),
        ("GET", "/", 404, {"detail": "there is nothing at this path"}),
        ("POST", "/things/7", 405, {"detail": "use GET, HEAD, PUT"}),
        ("POST", "/refuse", 409, {"detail": "two of them", "field": "pii_hash", "title": "Conflict", "status": 409}),
        ("POST", "/later", 503, {"detail": "Firestore does not answer"}),
        ("POST", "/crash", 500, {"detail": "the request failed"}),
    ],
)
def test_every_request_is_answered_in_json(method: str, path: str, status: int, document: dict[str, object]) -> None:
    response = ROUTER(request(path, method))

    assert response.status_code == status
    assert document.items() <= json.loads(response.data).items()
    assert response.content_type == ("application/json" if status == 200 else "application/problem+json")


def test_a_refused_method_is_told_the_allowed_ones() -> None:
    assert ROUTER(request("/things/7", "POST")).headers["Allow"] == "GET, HEAD, PUT"


def test_a_crash_tells_nothing_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    response = ROUTER(request("/crash"))
    printed = capsys.readouterr()
    assert CARD.encode() not in response.data
    assert CARD not in printed.out + printed.err
    assert "ValueError" in printed.out


def test_readiness_fails_with_what_it_needs() -> None:
    def ready() -> None:
        raise ConnectionError("redis://user:secret@host")

    response = Router({}, {}, ready)(request("/readyz", "GET"))
    assert response.status_code == 503
    assert json.loads(response.data)["detail"] == "not ready: ConnectionError"
