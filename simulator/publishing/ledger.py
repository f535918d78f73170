"""The ground truth of a run: one line of JSON for each delivered message, with the disposition the contract gives it.

The disposition depends on the append time that the broker stamped, so it is decided when the delivery is reported.
A ledger holds no card data.
"""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import BinaryIO

import msgspec
from confluent_kafka import Message

from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON, Disposition
from simulator.messages.truth import TRUTHS, Fault, Truth

_WELL_FORMED = frozenset({Fault.NONE, Fault.LATE, Fault.FUTURE_CLOCK})
_LONGEST_READ = 100_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a ledger.

    `kind` is null where nothing is malformed. `amount` is exact text; it, `currency` and `status` are null for a
    malformed message, and so is a `transaction_id` or `sender_account_id` that it does not tell.
    """

    topic: str | None
    partition: int | None
    offset: int | None
    transaction_id: str | None
    disposition: Disposition
    kind: Fault | None
    label: str
    amount: str | None = None
    currency: str | None = None
    sender_account_id: str | None = None
    status: str | None = None


class Ledger:
    """Writes an entry for each delivery to a file, and sums them up."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encode = msgspec.json.Encoder().encode
        self.dispositions: Counter[Disposition] = Counter()
        self.accepted: defaultdict[str, Decimal] = defaultdict(Decimal)
        """Accepted amounts by currency."""

    def delivered(self, code: int, message: Message) -> None:
        """Record a delivered message by the code of its truth."""
        entry = entry_of(TRUTHS[code], message)
        self._file.write(self._encode(entry) + b"\n")
        self.dispositions[entry.disposition] += 1
        if entry.disposition is Disposition.ACCEPTED and entry.currency and entry.amount:
            self.accepted[entry.currency] += Decimal(entry.amount)


def entry_of(truth: Truth, message: Message) -> Entry:
    """Return the ledger's line for a delivered message."""
    if truth.fault not in _WELL_FORMED:
        return _entry_of_malformed(truth, message)
    facts = _DECODER.decode(message.value() or b"")
    disposition = disposition_of(truth, facts.event_time, append_time(message))
    return Entry(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        transaction_id=facts.transaction_id,
        disposition=disposition,
        kind=Fault.FUTURE_CLOCK if disposition is Disposition.REJECTED else None,
        label=truth.label,
        amount=format(facts.amount, "f"),
        currency=facts.currency,
        sender_account_id=facts.sender_account_id,
        status=facts.status,
    )


def disposition_of(truth: Truth, event_time: datetime, appended: datetime) -> Disposition:
    """Return what the contract makes of a well-formed payment that the broker appended at a time."""
    if event_time - appended > CLOCK_TOLERANCE:
        return Disposition.REJECTED
    if appended - event_time > DEDUPLICATION_HORIZON:
        return Disposition.LATE
    return Disposition.DUPLICATE if truth.resent else Disposition.ACCEPTED


def append_time(message: Message) -> datetime:
    """Return the message's Kafka timestamp, which is when the broker appended it if the topic says LogAppendTime."""
    _kind, milliseconds = message.timestamp()
    return _EPOCH + timedelta(milliseconds=milliseconds)


class _Facts(msgspec.Struct):
    """What the ledger repeats of a well-formed payment."""

    transaction_id: str
    event_time: datetime
    amount: Decimal
    currency: str
    sender_account_id: str
    status: str


_DECODER = msgspec.json.Decoder(_Facts)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _entry_of_malformed(truth: Truth, message: Message) -> Entry:
    key = message.key()
    return Entry(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        transaction_id=_readable_id(message.value() or b""),
        disposition=Disposition.REJECTED,
        kind=truth.fault,
        label=truth.label,
        sender_account_id=key.decode() if key else None,
    )


def _readable_id(value: bytes) -> str | None:
    try:
        document = json.loads(value[:_LONGEST_READ])
    except (ValueError, RecursionError):
        return None
    identifier = document.get("transaction_id") if isinstance(document, dict) else None
    return identifier if isinstance(identifier, str) else None
