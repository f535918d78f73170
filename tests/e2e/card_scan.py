"""Looks through files for the very card numbers that were sent."""

import re
from collections.abc import Iterable, Set
from pathlib import Path

import msgspec
from confluent_kafka import Message

from fraud.card import card_digits

_DIGITS = re.compile(rb"[0-9](?:[ -]?[0-9]){11,18}")
_SEPARATORS = b" -"


class _CardField(msgspec.Struct):
    credit_card: str


def card_numbers(messages: Iterable[Message]) -> frozenset[bytes]:
    """Return the digits of every card number in a topic's readable payments."""
    written = (_written(message.value() or b"") for message in messages)
    return frozenset(digits.encode() for text in written if (digits := card_digits(text)))


def files_holding(numbers: Set[bytes], root: Path, besides: str) -> list[Path]:
    """Return the files below a folder, other than those below `root/besides`, in which one of the numbers stands."""
    files = (path for path in root.rglob("*") if path.is_file() and (root / besides) not in path.parents)
    return [path for path in files if _holds(numbers, path.read_bytes())]


def _holds(numbers: Set[bytes], content: bytes) -> bool:
    found = (match[0].translate(None, _SEPARATORS) for match in _DIGITS.finditer(content))
    return any(digits in numbers for digits in found)


def _written(value: bytes) -> str:
    try:
        return msgspec.json.decode(value, type=_CardField).credit_card
    except (ValueError, RecursionError):
        return ""
