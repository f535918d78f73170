"""The HMAC key ring, read where masking runs: never part of a plan, a closure, a log or a checkpoint."""

from functools import cache
from pathlib import Path

from fraud.key_source import KeySource
from fraud.masking import KeyRing
from fraud_stream.settings import Settings


class KeySettings(Settings, KeySource):
    """The keys of the job, by its environment."""


@cache
def key_ring() -> KeyRing:
    """Return this process's key ring. Raises ValueError that says what is wrong, without a key in it."""
    return KeySettings().key_ring(Path.read_bytes)
