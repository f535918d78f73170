"""Rejected records as the raw topic holds them, and what of each goes to the dead-letter topic."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

READ_TIMEOUT_S = 30.0
NEAR = 1_000
"""Positions closer than this are reached by reading on, farther ones by a seek."""

CUT_BYTES = 65_536
"""What is kept of key and value of a record that is too long."""

LOAD_RECORDS = 500
LOAD_BYTES = 33_554_432
"""How much is copied in one transaction: it ends long before the broker's patience with it, and fits into memory."""

_UNREADABLE = {
    KafkaError._BAD_COMPRESSION: "CANNOT_DECOMPRESS",  # noqa: SLF001  librdkafka's own codes begin so
    KafkaError._BAD_MSG: "CORRUPT",  # noqa: SLF001
}
_OUT_OF_RANGE = {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}  # noqa: SLF001


@dataclass(frozen=True)
class DeadLetter:
    """A rejected position, why, and the field to blame if there is one."""

    topic: str
    partition: int
    offset: int
    reason: str
    field: str | None


@dataclass(frozen=True)
class Copy:
    """A rejected record, or why Kafka does not give it any more: `GONE`, `CORRUPT`, `CANNOT_DECOMPRESS`."""

    letter: DeadLetter
    value: bytes | None = None
    key: bytes | None = None
    unread: str | None = None

    @property
    def length(self) -> int:
        """Return how many bytes value and key take."""
        return len(self.value or b"") + len(self.key or b"")

    def within(self, limit: int) -> tuple[bytes | None, bytes | None, list[tuple[str, Any]]]:
        """Return value, key and headers of the dead letter.

        Beyond `limit` bytes both are cut, and headers tell their `length` and `key-length` and the value's `sha256`.
        Of a record that cannot be read there are its position and, as `unread`, why.
        """
        headers = headers_of(self.letter)
        if self.unread:
            return None, None, [*headers, ("unread", self.unread.encode())]
        if self.length <= limit:
            return self.value, self.key, headers
        value, key = self.value or b"", self.key or b""
        told = {"length": len(value), "key-length": len(key), "sha256": hashlib.sha256(value).hexdigest()}
        cut = min(limit, CUT_BYTES) // 2
        return value[:cut], key[:cut], [*headers, *((name, str(text).encode()) for name, text in told.items())]


def headers_of(letter: DeadLetter) -> list[tuple[str, Any]]:
    """Return where a dead letter came from and why, as record headers (UTF-8 text)."""
    texts = {
        "reason": letter.reason,
        "field": letter.field or "",
        "source-topic": letter.topic,
        "source-partition": str(letter.partition),
        "source-offset": str(letter.offset),
    }
    return [(name, text.encode()) for name, text in texts.items()]


def loads(copies: Iterable[Copy]) -> Iterator[list[Copy]]:
    """Divide copies into loads of one transaction each."""
    load: list[Copy] = []
    for copy in copies:
        load.append(copy)
        if len(load) == LOAD_RECORDS or sum(copy.length for copy in load) >= LOAD_BYTES:
            yield load
            load = []
    if load:
        yield load


def read(consumer: Consumer, letters: Sequence[DeadLetter]) -> Iterator[Copy]:
    """Read the records of letters in ascending order. Raises KafkaException or TimeoutError when Kafka stays away."""
    previous: DeadLetter | None = None
    for letter in letters:
        if previous is None or not _is_near(previous, letter):
            consumer.assign([TopicPartition(letter.topic, letter.partition, letter.offset)])
        copy = _copy_at(consumer, letter)
        yield copy
        previous = None if copy.unread else letter


def _is_near(previous: DeadLetter, letter: DeadLetter) -> bool:
    is_same = (previous.topic, previous.partition) == (letter.topic, letter.partition)
    return is_same and letter.offset - previous.offset < NEAR


def _copy_at(consumer: Consumer, letter: DeadLetter) -> Copy:
    deadline = monotonic() + READ_TIMEOUT_S
    while monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is None:
            continue
        error, offset = message.error(), message.offset()
        if error:
            return Copy(letter, unread=_why_unreadable(consumer, letter, error))
        if offset == letter.offset:
            return Copy(letter, message.value(), message.key())
        if offset is not None and offset > letter.offset:
            return Copy(letter, unread="GONE")
    raise TimeoutError(f"{letter.topic}/{letter.partition} gave no record at offset {letter.offset}")


def _why_unreadable(consumer: Consumer, letter: DeadLetter, error: KafkaError) -> str:
    if error.code() in _UNREADABLE:
        return _UNREADABLE[error.code()]
    if error.code() in _OUT_OF_RANGE:
        bounds = consumer.get_watermark_offsets(TopicPartition(letter.topic, letter.partition), READ_TIMEOUT_S)
        if bounds and letter.offset < bounds[0]:
            return "GONE"
    raise KafkaException(error)
