"""The HMAC key ring of a function; a missing or bad key ends it at start, by the variable's name."""

import sys
from pathlib import Path

import structlog
from pydantic import ValidationError

from fraud.configuration import problems
from fraud.masking.rotation import RotatingKeyRing
from fraud.masking.source import KeySource
from fraud_service.settings import Settings

log = structlog.get_logger()


class KeySettings(Settings, KeySource):
    """The keys of a function, by its environment."""


def _stamp(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


key_ring = RotatingKeyRing(
    KeySettings, Path.read_bytes, _stamp, lambda problem: log.warning("keys_not_taken", problem=problem)
)
"""Return this process's key ring when called. Raises ValueError that says what is wrong, without a key in it."""


def require_keys() -> None:
    """Check the keys while a function starts; a bad one ends the process with one line, without a key in it."""
    try:
        key_ring()
    except ValidationError as error:
        sys.exit(problems(error))
    except ValueError as error:
        sys.exit(str(error))
