"""The parameters of an address, each read into the type that is asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from fraud_service.http.problem import ProblemError

Value = TypeVar("Value")


def parameter(arguments: Mapping[str, str], name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """Return what a parameter says, or a default. Raises ProblemError 400 that names it."""
    text = arguments.get(name)
    if text is None:
        return default
    try:
        return parse(text)
    except ValueError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "a parameter has a value that is not allowed", name) from None


def whole(text: str, most: int) -> int:
    """Return a number from 1 to `most`. Raises ValueError."""
    number = int(text)
    if not 1 <= number <= most:
        raise ValueError(text)
    return number


def moment(text: str) -> datetime:
    """Return a moment with its offset from UTC. Raises ValueError."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(text)
    return read
