import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from google.auth.exceptions import TransportError

from fraud.errors import RetryableError
from fraud_service.http.certificates import FRESH_S, UNKNOWN_KEY_PAUSE_S, USABLE_S, Certificates, fetched


class Google:
    """Counts fetches; answers what it is told to."""

    def __init__(self) -> None:
        self.keys = {"a": "pem-a"}
        self.fetches = 0
        self.is_down = False
        self.time = 0.0

    def fetch(self, _url: str) -> dict[str, str]:
        self.fetches += 1
        if self.is_down:
            raise TransportError("down")
        return dict(self.keys)


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def certificates(google: Google) -> Certificates:
    return Certificates("", google.fetch, lambda: google.time)


def test_keys_are_kept(google: Google, certificates: Certificates) -> None:
    assert {certificates.keys("a")["a"] for _ in range(100)} == {"pem-a"}
    assert google.fetches == 1
    google.time = FRESH_S + 1
    certificates.keys("a")
    assert google.fetches == 2


def test_a_new_key_is_fetched_and_invented_ones_are_not_fetched_at_their_pace(
    google: Google, certificates: Certificates
) -> None:
    certificates.keys("a")
    google.time, google.keys = UNKNOWN_KEY_PAUSE_S, {"a": "pem-a", "b": "pem-b"}
    assert certificates.keys("b")["b"] == "pem-b"
    for number in range(100):
        certificates.keys(f"invented-{number}")
    assert google.fetches == 2


def test_old_keys_serve_while_google_is_out_of_reach_for_a_day(google: Google, certificates: Certificates) -> None:
    certificates.keys("a")
    google.is_down, google.time = True, USABLE_S - 1
    assert certificates.keys("a") == {"a": "pem-a"}
    google.time = USABLE_S + 1
    with pytest.raises(RetryableError, match="cannot be fetched"):
        certificates.keys("a")
    google.is_down, google.time = False, google.time + UNKNOWN_KEY_PAUSE_S
    assert certificates.keys("a") == {"a": "pem-a"}


class Handler(BaseHTTPRequestHandler):
    """Google's key server."""

    def do_GET(self) -> None:
        body = {"/good": json.dumps({"a": "pem"}), "/list": "[]", "/numbers": '{"a": 1}', "/text": "x"}.get(self.path)
        self.send_response(200 if body else 500)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as found:
        Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def test_keys_are_fetched_by_http(server: str) -> None:
    assert fetched(f"{server}/good") == {"a": "pem"}


@pytest.mark.parametrize("path", ["/list", "/numbers", "/text", "/broken"])
def test_what_is_no_list_of_keys_is_an_error(server: str, path: str) -> None:
    with pytest.raises((TransportError, ValueError)):
        fetched(server + path)


def test_a_server_that_is_away_is_an_error() -> None:
    with pytest.raises(TransportError):
        fetched("http://127.0.0.1:9/")
