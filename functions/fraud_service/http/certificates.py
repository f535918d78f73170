"""The public keys by which Google's tokens are verified: fetched with a deadline, kept, and renewed in time."""

import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock

import structlog
from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request

from fraud.errors import RetryableError

FETCH_LIMIT_S = 3.0
FRESH_S = 3_600.0
USABLE_S = 24 * 3_600.0
"""Google announces a key a day or more before it signs with it, and its list is good for hours."""

UNKNOWN_KEY_PAUSE_S = 60.0
"""Tokens with invented key ids must not make this process fetch at their pace."""

Keys = Mapping[str, str]
"""PEM certificates or public keys by key id."""

log = structlog.get_logger()


def fetched(url: str) -> Keys:
    """Return the keys at an address. Raises TransportError or ValueError."""
    response = Request()(url, method="GET", timeout=FETCH_LIMIT_S)
    if response.status != HTTPStatus.OK:
        raise TransportError(f"the keys' address answers {response.status}")
    keys = json.loads(response.data)
    if not (isinstance(keys, dict) and all(isinstance(pem, str) for pem in keys.values())):
        raise ValueError("what the keys' address answers is no list of keys")
    return keys


class Certificates:
    """The keys at one address, for all threads of this process.

    `fetch` gets them, `clock` tells seconds that never run backwards.
    """

    def __init__(
        self, url: str, fetch: Callable[[str], Keys] = fetched, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._keys: Keys = {}
        self._fetched_at = self._tried_at = -USABLE_S
        self._lock = Lock()

    def keys(self, key_id: str) -> Keys:
        """Return the keys, renewed once they are old or lack `key_id`; old ones serve while Google is out of reach.

        Raises RetryableError where there are none that may still be used.
        """
        with self._lock:
            now = self._clock()
            if self._is_to_be_renewed(key_id, now):
                self._renew(now)
            if now - self._fetched_at > USABLE_S or not self._keys:
                raise RetryableError("the keys that verify callers' tokens cannot be fetched")
            return self._keys

    def _is_to_be_renewed(self, key_id: str, now: float) -> bool:
        is_missing = not self._keys or key_id not in self._keys
        is_rested = now - self._tried_at >= UNKNOWN_KEY_PAUSE_S
        return not self._keys or (is_rested and (is_missing or now - self._fetched_at > FRESH_S))

    def _renew(self, now: float) -> None:
        self._tried_at = now
        try:
            self._keys = self._fetch(self._url)
            self._fetched_at = now
        except (TransportError, ValueError) as error:
            log.warning("token_keys_not_renewed", error=type(error).__name__)
