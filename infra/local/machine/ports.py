"""Loopback ports, chosen once for each listener and remembered, so that a restart keeps its address."""

import json
import socket
import threading
from collections.abc import Container
from pathlib import Path
from secrets import choice

LOOPBACK = "127.0.0.1"

# Below the ephemeral ranges of Linux and macOS: an outgoing connection never takes a port while its server restarts.
_CANDIDATES = range(20_000, 30_000)
_LAST = 65_536


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def check_listening(port: int) -> None:
    """Connect to `port` and hang up; raises OSError while nothing listens there."""
    socket.create_connection((LOOPBACK, port), timeout=1).close()


class PortBook:
    """The ports of one stack by listener name, kept in a JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def port(self, listener: str) -> int:
        """Return the listener's remembered port if it is still free, else choose and remember another."""
        with self._lock:
            book = self._read()
            if listener not in book or not is_free(book[listener]):
                book[listener] = _choose(set(book.values()))
                self._file.write_text(json.dumps(book, indent=1))
            return book[listener]

    def port_from(self, listener: str, first: int) -> int:
        """Return the first port from `first` on that is free and no other listener's, and remember it."""
        with self._lock:
            book = self._read()
            others = {port for name, port in book.items() if name != listener}
            book[listener] = next(port for port in range(first, _LAST) if port not in others and is_free(port))
            self._file.write_text(json.dumps(book, indent=1))
            return book[listener]

    def remembered(self, listener: str) -> int | None:
        """Return the listener's port if one has been chosen, whether or not it listens there now."""
        with self._lock:
            return self._read().get(listener)

    def _read(self) -> dict[str, int]:
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}


def _choose(taken: Container[int]) -> int:
    while True:
        port = choice(_CANDIDATES)
        if port not in taken and is_free(port):
            return port
