"""The keys by which card data is hashed.

A bare hash of a card number is reversed by trying the 10^9 numbers of an issuer, so each hash is an HMAC
(PCI DSS 4.0.1, 3.5.1.1). Keys have versions: new events use one, the newest unless another is named; look-ups try all
of them.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from enum import IntEnum

_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_KEY = re.compile(r"(?:(?P<scheme>[12]):)?(?P<hex>[0-9a-fA-F]{64,})")
_VERSION = re.compile(r"0|[1-9][0-9]{0,8}")


class Scheme(IntEnum):
    """What a version's `pii_hash` is over; every row of the version is of its scheme."""

    WITH_CVV = 1
    """Card, CVV and expiry, as until 2026-11-28: a key written without a scheme."""
    WITHOUT_CVV = 2
    """Card and expiry (PCI DSS 4.0.1, 3.3.1): a key written `2:…`."""


class HmacKey:
    """One key version; `digest` is HMAC-SHA-256 (RFC 2104) with the padded key hashed once, not once a message."""

    def __init__(self, version: str, key: bytes, scheme: Scheme = Scheme.WITHOUT_CVV) -> None:
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self.version = version
        self.scheme = scheme
        self._inner = hashlib.sha256(block.translate(_INNER))
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def digest(self, message: bytes) -> str:
        """Return HMAC-SHA-256(key, message) in hex."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.hexdigest()

    def digests(self, messages: Iterable[bytes]) -> str:
        """Return the HMAC of each message in hex, 64 characters each, one after the other."""
        copy_inner, copy_outer = self._inner.copy, self._outer.copy
        found = bytearray()
        for message in messages:
            inner, outer = copy_inner(), copy_outer()
            inner.update(message)
            outer.update(inner.digest())
            found += outer.digest()
        return found.hex()

    def __repr__(self) -> str:
        return f"HmacKey({self.version!r})"


class KeyRing:
    """Every live key version; `masking` masks new events."""

    def __init__(self, keys: Mapping[str, str], masking: str | None = None) -> None:
        """Take hex keys by version number, and the version that masks, where it is not the newest.

        Raises ValueError that names the version, never the key.
        """
        if not keys:
            raise ValueError("no HMAC key is given: at least one version is needed")
        self.versions = tuple(_key(version, keys[version]) for version in sorted(keys, key=_number, reverse=True))

        self.masking = self.versions[0] if masking is None else self.of(masking)

    def of(self, version: str) -> HmacKey:
        """Return the key of a version. Raises ValueError where it is not known here."""
        for key in self.versions:
            if key.version == version:
                return key
        raise ValueError(f"HMAC key version {version} is not among the keys that are known here")

    @property
    def newest(self) -> HmacKey:
        """The key of the highest version."""
        return self.versions[0]


def _number(version: str) -> int:
    if not _VERSION.fullmatch(version):
        # not quoted: whoever swaps keys and versions would find the key in the log
        raise ValueError("an HMAC key version is not a whole number of at most nine digits, such as 1")
    return int(version)


def _key(version: str, written: str) -> HmacKey:
    found = _KEY.fullmatch(written)
    if not found or len(found["hex"]) % 2:
        raise ValueError(f"HMAC key version {version} is not at least 32 bytes in hex")
    return HmacKey(version, bytes.fromhex(found["hex"]), Scheme(int(found["scheme"] or Scheme.WITH_CVV)))
