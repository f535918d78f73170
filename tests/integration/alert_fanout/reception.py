"""The far end of channels: an HTTP server that answers as a test wants it to, and remembers what it was sent."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import monotonic

_ACCOUNT = re.compile(rb"ACC_[0-9a-f]{8}")


@dataclass(frozen=True)
class Call:
    """A request as it came in."""

    channel: str
    account: str
    headers: Mapping[str, str]
    body: bytes
    moment: float


@dataclass(frozen=True)
class Reply:
    """An answer; it is held back until `release` is set, if there is one."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    release: Event | None = None


class Reception:
    """Answers each call for an account by the next of its channel's replies, and 204 when there are no more."""

    port: int

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._replies: defaultdict[tuple[str, str], list[Reply]] = defaultdict(list)
        self._lock = Lock()

    def reply(self, channel: str, account: str, *replies: Reply) -> None:
        """Choose the next answers."""
        with self._lock:
            self._replies[channel, account].extend(replies)

    def received(self, channel: str, account: str) -> list[Call]:
        """Return the calls so far, in order."""
        with self._lock:
            return [call for call in self.calls if (call.channel, call.account) == (channel, account)]

    def take(self, call: Call) -> Reply:
        """Remember a call and return its answer."""
        with self._lock:
            self.calls.append(call)
            replies = self._replies[call.channel, call.account]
            return replies.pop(0) if replies else Reply()


def serve(reception: Reception) -> ThreadingHTTPServer:
    """Serve a reception on a loopback port of its own, in the background."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            channel, found = self.path.split("/")[1], _ACCOUNT.search(body)
            account = found[0].decode() if found else ""
            headers = {name.lower(): text for name, text in self.headers.items()}
            reply = reception.take(Call(channel, account, headers, body, monotonic()))
            if reply.release:
                reply.release.wait(30)
            self.send_response(reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server
