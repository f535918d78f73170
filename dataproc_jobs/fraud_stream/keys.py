"""The HMAC key ring, read where masking runs: never part of a plan, a closure, a log or a checkpoint."""

from pathlib import Path

import structlog

from fraud.masking.rotation import RotatingKeyRing
from fraud.masking.source import KeySource
from fraud_stream.settings import Settings

log = structlog.get_logger()


class KeySettings(Settings, KeySource):
    """The keys of the job, by its environment."""


def _stamp(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


key_ring = RotatingKeyRing(
    KeySettings, Path.read_bytes, _stamp, lambda problem: log.warning("keys_not_taken", problem=problem)
)
"""Return this process's key ring when called. Raises ValueError that says what is wrong, without a key in it."""
