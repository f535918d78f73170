from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from infra.local.job.scheduled_calls import call
from infra.local.machine.ports import LOOPBACK


class Answer(BaseHTTPRequestHandler):
    """200 at the root, 503 elsewhere."""

    def do_POST(self) -> None:
        """Answer."""
        self.send_response(200 if self.path == "/" else 503)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer((LOOPBACK, 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("path", "problem"), [("/", None), ("/held", "status 503")])
def test_a_call_tells_what_was_refused(address: str, path: str, problem: str | None) -> None:
    assert call(address + path) == problem


def test_a_call_tells_that_nobody_listens(address: str) -> None:
    assert call("http://127.0.0.1:1/") == "ConnectionRefusedError"
    assert call(address + "/") is None
