import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic

import numpy as np
import pytest

from fraud.authorization.answer import Decision
from simulator.messages.block import Block
from simulator.messages.truth import CODE_OF, Fault, Label, Truth
from simulator.publishing.gateway import UNANSWERED, Gateway, _outcome

PAYMENT = Truth(Label.NORMAL)


class Function(ThreadingHTTPServer):
    """A function that answers whatever a test wants, faults included; `asked` holds the transaction ids."""

    daemon_threads = True
    status = 200
    hangs_up = False
    body = b'{"decision":"APPROVED"}'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, Function)
        assert self.path == "/authorize"
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(event["transaction_id"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)
        self.close_connection = self.server.hangs_up

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def function() -> Iterator[Function]:
    with Function() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def value(number: int, status: str = "PENDING") -> bytes:
    return b'{"transaction_id":"TXN_%d","status":"%b"}' % (number, status.encode())


def block(*values: bytes | None, truth: Truth = PAYMENT) -> Block:
    keys: list[bytes | None] = [b"ACC_1"] * len(values)
    return Block(np.zeros(len(values), np.int64), keys, [*values], np.full(len(values), CODE_OF[truth], np.uint8))


def decided(url: str, asked: Block) -> tuple[list[bytes | None], dict[str, int]]:
    gateway = Gateway(url, lambda: 0.0)
    [answered] = gateway.decided([asked])
    assert (answered.keys, answered.due.tolist()) == (asked.keys, asked.due.tolist())
    return answered.values, dict(gateway.tally)


@pytest.mark.parametrize(
    ("decision", "label", "status", "counted"),
    [
        (Decision.APPROVED, Label.CARD_TESTING, b"APPROVED", "approved"),
        (Decision.DECLINED, Label.NORMAL, b"DECLINED", "declined"),
        (Decision.CHALLENGE_3DS, Label.NORMAL, b"APPROVED", "challenged and passed"),
        (Decision.CHALLENGE_3DS, Label.LEGITIMATE_BURST, b"APPROVED", "challenged and passed"),
        (Decision.CHALLENGE_3DS, Label.CARD_TESTING, b"DECLINED", "challenged and failed"),
        (Decision.CHALLENGE_3DS, Label.ACCOUNT_TAKEOVER, b"DECLINED", "challenged and failed"),
    ],
)
def test_a_thief_fails_a_challenge_and_a_customer_passes(
    decision: Decision, label: Label, status: bytes, counted: str
) -> None:
    assert _outcome(decision, Truth(label)) == (status, counted)


@pytest.mark.parametrize("decision", ["APPROVED", "DECLINED"])
def test_a_payment_goes_out_with_the_status_that_was_decided(function: Function, decision: str) -> None:
    function.body = b'{"decision":"%b","reasons":[]}' % decision.encode()
    assert decided(function.url, block(value(1), value(2, "APPROVED"))) == (
        [value(1, decision), value(2, decision)],
        {decision.lower(): 2},
    )


def test_the_payments_of_an_account_are_asked_about_in_order(function: Function) -> None:
    decided(function.url, block(*(value(number) for number in range(50))))
    assert function.asked == [f"TXN_{number}" for number in range(50)]


def test_what_the_issuer_has_declined_is_not_asked_about(function: Function) -> None:
    assert decided(function.url, block(value(1, "DECLINED"))) == (
        [value(1, "DECLINED")],
        {"declined by the issuer": 1},
    )
    assert function.asked == []


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in {Fault.NONE, Fault.LATE}])
def test_a_malformed_message_goes_out_as_it_stands(function: Function, fault: Fault) -> None:
    asked = block(value(1), None, truth=Truth(Label.NORMAL, fault))
    assert decided(function.url, asked) == ([value(1), None], {})


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"{}"), (503, b""), (400, b"{}"), (200, b"{"), (200, b'{"decision":"PERHAPS"}')]
)
def test_without_an_answer_a_payment_goes_out_as_it_stands(function: Function, status: int, body: bytes) -> None:
    function.status, function.body = status, body
    assert decided(function.url, block(value(1))) == ([value(1)], {UNANSWERED: 1})


def test_a_function_that_is_down_stops_no_payment() -> None:
    values, tally = decided("http://127.0.0.1:1", block(*(value(number) for number in range(500))))
    assert values == [value(number) for number in range(500)]
    assert tally == {UNANSWERED: 500}


def test_a_function_that_breaks_is_left_alone_for_a_while(function: Function) -> None:
    function.status = 500
    decided(function.url, block(*(value(number) for number in range(20))))
    assert len(function.asked) == 3


def test_a_connection_that_was_closed_while_it_was_idle_costs_no_answer(function: Function) -> None:
    function.hangs_up = True
    asked = block(*(value(number) for number in range(5)))
    assert decided(function.url, asked)[1] == {"approved": 5}


def test_a_broken_connection_is_made_anew(function: Function) -> None:
    gateway = Gateway(function.url, monotonic)
    function.body = b"{"
    blocks = iter([block(value(1)), block(value(2))])

    def mended() -> Iterator[Block]:
        yield next(blocks)
        function.body = b'{"decision":"APPROVED"}'
        yield next(blocks)

    assert [answered.values for answered in gateway.decided(mended())] == [[value(1)], [value(2, "APPROVED")]]
