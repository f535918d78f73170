import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from google.auth import jwt
from google.auth.compute_engine import _metadata
from google.auth.crypt import Signer

from fraud.errors import RetryableError
from fraud_service.erasure.client import ErasureApi
from fraud_service.http.problem import ProblemError

TOLD = {"request_id": "0" * 32, "state": "ACCEPTED", "accepted_at": "2026-03-01T12:00:00Z"}


class NoSigner(Signer):
    """Cloud Run takes signatures away; none is made here."""

    key_id = None

    def sign(self, message: object) -> bytes:
        del message
        return b"none"


class Server(HTTPServer):
    """Answers as the erasure function, and as Google's metadata server; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 202
        self.content = json.dumps(TOLD).encode()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path.startswith("/computeMetadata/") and "identity" in self.path:
            until = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
            self._answer(200, jwt.encode(NoSigner(), {"aud": self.server.url, "exp": until}), "text/html")
        else:
            self._answer(200, b'{"email": "fraud-dashboard@example.iam.gserviceaccount.com"}')

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        self._answer(self.server.status, self.server.content)

    def _answer(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_an_identifier_goes_in_the_body_under_the_persons_name(server: Server) -> None:
    told = ErasureApi(server.url + "/").erase({"card_token": "ab"}, "jo")
    [(path, headers, body)] = server.asked
    assert (told.state, path, headers["X-Caller"], json.loads(body)) == (
        "ACCEPTED",
        "/erasure",
        "jo",
        {"card_token": "ab"},
    )


def test_cloud_run_is_shown_the_identity_token_for_the_function(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K_SERVICE", "fraud-dashboard")
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", f"127.0.0.1:{server.server_port}")
    ErasureApi(server.url).erase({"card_token": "ab"}, "jo")
    [(_, headers, _)] = server.asked
    claims = jwt.decode(headers["Authorization"].removeprefix("Bearer "), verify=False)
    assert claims["aud"] == server.url
    assert "X-Caller" not in headers


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (400, {"detail": "not a card number", "field": "credit_card"}, ("not a card number", "credit_card")),
        (429, {"detail": "too many"}, ("too many", None)),
    ],
)
def test_a_refusal_is_passed_on(
    server: Server, status: int, content: dict[str, str], expected: tuple[str, str | None]
) -> None:
    server.status, server.content = status, json.dumps(content).encode()
    with pytest.raises(ProblemError) as caught:
        ErasureApi(server.url).report({"credit_card": "1"}, "jo")
    assert (caught.value.status, caught.value.detail, caught.value.field) == (status, *expected)


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (503, b'{"detail": "Redis does not answer"}', "the erasure service answers 503: Redis does not answer"),
        (500, b"<html>", "the erasure service answers 500"),
        (403, b'{"detail": "4111111111111111"}', "the erasure service answers 403"),
        (302, b"", "the erasure service answers 302"),
        (200, b"{}", "the erasure service answers 200"),
    ],
)
def test_what_is_no_answer_is_worth_another_try(server: Server, status: int, content: bytes, expected: str) -> None:
    server.status, server.content = status, content
    with pytest.raises(RetryableError) as caught:
        ErasureApi(server.url).report({"credit_card": "1"}, "jo")
    assert expected in str(caught.value)


def test_nobody_at_the_address_is_worth_another_try() -> None:
    with pytest.raises(RetryableError, match="does not answer: NewConnectionError"):
        ErasureApi("http://127.0.0.1:1").report({"credit_card": "1"}, "jo")
