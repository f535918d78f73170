"""The payment gateway of a closed loop: asks authorize_payment about each payment, and gives it the status that came.

It answers a 3DS challenge as the payer would: a thief fails it, anybody else passes. A payment that nobody answered for
goes out as it stands, so that the traffic never stops.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import local
from urllib.parse import urlsplit

import msgspec

from fraud.authorization.answer import Decision
from fraud.authorization.breaker import CircuitBreaker
from simulator.messages.block import Block
from simulator.messages.truth import TRUTHS, Fault, Truth

TIMEOUT_S = 2.0
UNANSWERED = "unanswered"
_AT_ONCE = 8
_WELL_FORMED = frozenset({Fault.NONE, Fault.LATE})
_STATUS = re.compile(rb'"status":"([A-Z]+)"\}\Z')
_JSON = {"Content-Type": "application/json"}


class _Answer(msgspec.Struct):
    decision: Decision


class Gateway:
    """Asks at `url`; `tally` counts what came of it.

    Payments of one account are asked about one after the other, those of different accounts side by side. `elapsed`
    tells seconds since some moment: a function that has failed three times in a row is left alone for a second.
    """

    def __init__(self, url: str, elapsed: Callable[[], float]) -> None:
        self._url = urlsplit(url)
        self._breaker = CircuitBreaker(elapsed)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="gateway")
        self._kept = local()
        self.tally: Counter[str] = Counter()

    def decided(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield the blocks with the statuses that were decided; ends the gateway's threads."""
        with self._pool:
            for block in blocks:
                yield self._decide(block)

    def _decide(self, block: Block) -> Block:
        rows: dict[bytes, list[int]] = {}
        for row, code in enumerate(block.truths.tolist()):
            if TRUTHS[code].fault in _WELL_FORMED:
                rows.setdefault(block.keys[row] or b"", []).append(row)
        values = block.values.copy()
        for decided in self._pool.map(lambda account: [self._settle(block, row) for row in account], rows.values()):
            for row, value, outcome in decided:
                values[row] = value
                self.tally[outcome] += 1
        return Block(block.due, block.keys, values, block.truths)

    def _settle(self, block: Block, row: int) -> tuple[int, bytes, str]:
        value = block.values[row] or b""
        if _status(value) == b"DECLINED":
            return row, value, "declined by the issuer"
        decision = self._ask(value)
        if decision is None:
            return row, value, UNANSWERED
        status, outcome = _outcome(decision, TRUTHS[block.truths[row]])
        return row, _STATUS.sub(b'"status":"%b"}' % status, value), outcome

    def _ask(self, value: bytes) -> Decision | None:
        if not self._breaker.allows():
            return None
        try:
            decision = self._post(value)
        except (OSError, HTTPException, msgspec.DecodeError):
            self._breaker.failed()
            self._hang_up()
            return None
        self._breaker.succeeded()
        return decision

    def _post(self, value: bytes) -> Decision | None:
        try:
            return self._exchange(value)
        except ConnectionError:  # also where the function has closed a connection that was idle for long
            self._hang_up()
        return self._exchange(value)

    def _exchange(self, value: bytes) -> Decision | None:
        """Return the decision, and None where the question was refused."""
        connection = self._connection()
        connection.request("POST", f"{self._url.path.rstrip('/')}/authorize", value, _JSON)
        reply = connection.getresponse()
        document = reply.read()
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise HTTPException(reply.status)
        return msgspec.json.decode(document, type=_Answer).decision if reply.status == HTTPStatus.OK else None

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._kept, "connection"):
            kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
            self._kept.connection = kind(self._url.hostname or "", self._url.port, timeout=TIMEOUT_S)
        connection: HTTPConnection = self._kept.connection
        return connection

    def _hang_up(self) -> None:
        self._connection().close()


def _status(value: bytes) -> bytes:
    found = _STATUS.search(value)
    return found[1] if found else b""


def _outcome(decision: Decision, truth: Truth) -> tuple[bytes, str]:
    """Return the status a payment goes out with, and what it is counted as."""
    if decision is Decision.CHALLENGE_3DS:
        passes = not truth.label.is_fraud
        return (b"APPROVED", "challenged and passed") if passes else (b"DECLINED", "challenged and failed")
    return decision.value.encode(), decision.value.lower()
