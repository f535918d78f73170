"""A BigQuery that is not there, or goes away: told within the limit, not after the client's own ten minutes."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from fraud.errors import RetryableError
from fraud.models.label import Label, Labels, Source
from fraud.subjects.subject import Subject
from fraud_service.models import labels
from fraud_service.models.labels import LabelActs
from fraud_service.reviews.record import Reviews
from fraud_service.stores.warehouse import Warehouse
from fraud_service.subjects import profiles, rows
from fraud_service.subjects.profiles import SubjectProfiles
from fraud_service.subjects.rows import SubjectRows
from tests.builders import NOON

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


class Busy(BaseHTTPRequestHandler):
    """Takes every statement and never comes to its end, as BigQuery does with a queue before it."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.say(asked | {"status": {"state": "RUNNING"}})

    def do_GET(self) -> None:
        sleep(0.2)
        self.say({"jobComplete": False, "jobReference": {"projectId": "p", "jobId": "j"}})

    def say(self, content: object) -> None:
        text = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def busy() -> Iterator[Warehouse]:
    """A dataset behind such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    endpoint = {"api_endpoint": f"http://127.0.0.1:{server.server_port}"}
    with bigquery.Client("p", AnonymousCredentials(), client_options=endpoint) as client:
        yield Warehouse(client, "payment_data")
    server.shutdown()
    thread.join()
    server.server_close()


SUBJECT = Subject("card_token", ["t"], ["h"], ["1"])
LABELS = Labels(source=Source.CHARGEBACK, labels=[Label(transaction_id="T", is_fraud=True, observed_at=NOON)])
ASKING: dict[str, Callable[[Warehouse], object]] = {
    "a query": lambda held: held.ask("select 1", LIMIT_S),
    "labels": lambda held: LabelActs(held, object.__new__(Reviews), lambda: NOON).tell(LABELS),
    "a report's rows": lambda held: SubjectRows(held, "payment-events").held(SUBJECT, 1),
    "a report's profiles": lambda held: SubjectProfiles(held).held(SUBJECT, 1),
    "who a report is of": lambda held: SubjectRows(held, "payment-events").tokens_by_hash(["h"]),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("asked", ASKING.values(), ids=ASKING)
def test_who_waits_for_a_statement_that_goes_on_is_told_in_time(
    asked: Callable[[Warehouse], object], busy: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (labels, rows, profiles):
        monkeypatch.setattr(module, "PATIENCE_S", LIMIT_S)
    began = monotonic()
    with pytest.raises(RetryableError, match="BigQuery does not answer"):
        asked(busy)
    assert monotonic() - began < 5 * LIMIT_S
