"""A BigQuery that is not there, or goes away: told within the limit, not after the client's own ten minutes."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from fraud.errors import RetryableError
from fraud_service.stores.warehouse import Warehouse

LIMIT_S = 2.0


class Vanishing(BaseHTTPRequestHandler):
    """Takes a statement, says that it runs, and is gone."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps(asked | {"status": {"state": "RUNNING"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def vanishing() -> Iterator[int]:
    """The port of a server that answers once."""
    server = HTTPServer(("127.0.0.1", 0), Vanishing)

    def answer_once() -> None:
        server.handle_request()
        server.server_close()

    thread = Thread(target=answer_once)
    thread.start()
    yield server.server_port
    thread.join()


def assert_told_in_time(port: int) -> None:
    endpoint = {"api_endpoint": f"http://127.0.0.1:{port}"}
    with bigquery.Client("p", AnonymousCredentials(), client_options=endpoint) as client:
        began = monotonic()
        with pytest.raises(RetryableError, match="BigQuery does not answer"):
            Warehouse(client, "payment_data", LIMIT_S).run("select 1")
        assert monotonic() - began < 5 * LIMIT_S


def test_a_refused_connection_is_told_within_the_limit() -> None:
    assert_told_in_time(1)


def test_a_server_that_goes_away_under_a_statement_is_told_likewise(vanishing: int) -> None:
    assert_told_in_time(vanishing)
