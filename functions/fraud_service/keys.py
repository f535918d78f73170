"""The HMAC key ring of a function; a missing or bad key ends it at start, by the variable's name."""

import sys
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from fraud.configuration import problems
from fraud.key_source import KeySource
from fraud.masking import KeyRing
from fraud_service.settings import Settings


class KeySettings(Settings, KeySource):
    """The keys of a function, by its environment."""


@cache
def key_ring() -> KeyRing:
    """Return this process's key ring. Raises ValueError that says what is wrong, without a key in it."""
    return KeySettings().key_ring(Path.read_bytes)


def require_keys() -> None:
    """Check the keys while a function starts; a bad one ends the process with one line, without a key in it."""
    try:
        key_ring()
    except ValidationError as error:
        sys.exit(problems(error))
    except ValueError as error:
        sys.exit(str(error))
