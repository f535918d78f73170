"""How a running process comes by a new key version: its file is read again when it has changed."""

from collections.abc import Callable
from pathlib import Path

from fraud.masking.key import KeyRing
from fraud.masking.source import KeySource


class RotatingKeyRing:
    """Returns the keys in force when called; `stamp` tells one state of a file from another without reading it.

    First keys that are bad are an error. Later ones are told to `complain`, and the keys so far stay in force: a
    process that has masked until now must not stop over a file somebody is still writing. Keys from the environment
    cannot change while a process lives.
    """

    def __init__(
        self,
        source: Callable[[], KeySource],
        read: Callable[[Path], bytes],
        stamp: Callable[[Path], object],
        complain: Callable[[str], None],
    ) -> None:
        self._make_source = source
        self._read = read
        self._stamp = stamp
        self._complain = complain
        self._source: KeySource | None = None
        self._ring: KeyRing | None = None
        self._seen: object = None

    def __call__(self) -> KeyRing:
        """Return the keys in force. Raises ValueError while there are none yet, without a key in it."""
        if self._source is None or self._ring is None:
            self._source = self._make_source()
            self._seen = self._look(self._source.pii_hmac_keys_file)
            self._ring = self._source.key_ring(self._read)
            return self._ring
        seen = self._look(self._source.pii_hmac_keys_file)
        if seen != self._seen:
            self._seen = seen
            self._refresh(self._source)
        return self._ring

    def cache_clear(self) -> None:
        """Forget the keys, and where they are from."""
        self._source, self._ring, self._seen = None, None, None

    def _refresh(self, source: KeySource) -> None:
        try:
            self._ring = source.key_ring(self._read)
        except ValueError as error:
            self._complain(str(error))

    def _look(self, file: Path | None) -> object:
        try:
            return self._stamp(file) if file else None
        except OSError:
            return "away"
