"""The receipt of an erasure: what was erased where, what may still lie in a copy and until when.

Receipts form a chain: each carries the hash of the one before it, so that none can be altered or taken out without
every later one telling.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from fraud.erasure.request import Erasure

SCHEMA_VERSION = 1
NO_RECEIPT = "0" * 64
"""What the first receipt carries in place of a predecessor's hash."""

_MARKED = (
    "GDPR Art. 6(1)(c) with Art. 17(1), CCPA 1798.105(c)(2): that a card was erased is remembered, as a digest of its "
    "token, so that nothing still on its way is recorded, until the date given"
)
_BLOCKED = (
    "GDPR Art. 6(1)(f) with recital 47 and Art. 17(3)(e), CCPA 1798.105(d)(2): a card blocked for fraud stays "
    "blocked, as a bare token without its payments, until the date given"
)
KEPT_ON = {
    "firestore.cards": _BLOCKED,
    "firestore.lists": _BLOCKED,
    "firestore.erased_cards": _MARKED,
    "redis.erased_cards": _MARKED,
}
"""The legal ground of what stays, by store."""


class Retention(msgspec.Struct, frozen=True):
    """How long copies outlive an erasure that this software cannot reach into."""

    raw_topic: timedelta
    time_travel: timedelta
    fail_safe: timedelta
    messages: timedelta

    @property
    def stray_messages(self) -> timedelta:
        """How long an alert of an erased payment may still come.

        The job can repeat a batch while Kafka holds its records; a message waits in a subscription, then as a dead
        letter, and then, where an operator sends that again, in a subscription once more.
        """
        return self.raw_topic + 3 * self.messages


class StoreCount(msgspec.Struct, frozen=True):
    """One store: how much of the subject was found in it, and how much of that was erased."""

    store: str
    found: int
    erased: int


class Kept(msgspec.Struct, frozen=True):
    """What stays, on which legal ground, until when."""

    store: str
    until: datetime
    legal_ground: str


class Copies(msgspec.Struct, frozen=True):
    """Until when a copy may still exist: no later than these moments."""

    raw_topic: datetime
    dead_letters: datetime
    bigquery_time_travel: datetime
    bigquery_fail_safe: datetime


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`erasure_receipts/{sequence}`; free of identifiers: `subject_key` is what the same subject gives again."""

    schema_version: int = SCHEMA_VERSION
    sequence: int
    request_id: str
    requested_by: str
    identified_by: str
    subject_key: str
    key_versions: list[str]
    accepted_at: datetime
    started_at: datetime
    completed_at: datetime
    erased_below: dict[str, int]
    stores: list[StoreCount]
    kept: list[Kept]
    copies_until: Copies
    previous_hash: str
    hash: str = ""


class Head(msgspec.Struct, frozen=True):
    """`erasure_chain/head`: the newest receipt."""

    sequence: int = 0
    hash: str = NO_RECEIPT


def issued(erasure: Erasure, head: Head, retention: Retention, now: datetime) -> Receipt:
    """Return the receipt of an erasure, next after the newest one."""
    subject, started = erasure.subject, erasure.started_at
    if subject is None or started is None:
        raise ValueError("an erasure without subject or start has no receipt")
    receipt = Receipt(
        sequence=head.sequence + 1,
        request_id=erasure.request_id,
        requested_by=erasure.requested_by,
        identified_by=subject.kind,
        subject_key=erasure.subject_key,
        key_versions=subject.key_versions,
        accepted_at=erasure.accepted_at,
        started_at=started,
        completed_at=now,
        erased_below=erasure.ends,
        stores=[StoreCount(store, count, count) for store, count in erasure.total_found.items()],
        kept=[Kept(store, until, KEPT_ON[store]) for store, until in erasure.kept.items()],
        copies_until=_copies(started, now, retention),
        previous_hash=head.hash,
    )
    return msgspec.structs.replace(receipt, hash=receipt_hash(receipt))


def receipt_hash(receipt: Receipt) -> str:
    """Return SHA-256 over everything in a receipt but its own hash, in hex."""
    return hashlib.sha256(_ENCODER.encode(msgspec.structs.replace(receipt, hash=""))).hexdigest()


def chain_breaks(receipts: Iterable[Receipt], head: Head) -> list[str]:
    """Return what is wrong with a chain, receipts in order of their number; nothing where it is whole."""
    breaks, before = [], Head()
    for receipt in receipts:
        if receipt.sequence != before.sequence + 1:
            breaks.append(f"receipt {before.sequence + 1} is missing or out of place")
        if receipt.hash != receipt_hash(receipt):
            breaks.append(f"receipt {receipt.sequence} has been altered")
        if receipt.previous_hash != before.hash:
            breaks.append(f"receipt {receipt.sequence} does not follow the one before it")
        before = Head(receipt.sequence, receipt.hash)
    if before != head:
        breaks.append(f"the chain ends at receipt {before.sequence}, the record says {head.sequence}")
    return breaks


def _copies(marked_at: datetime, now: datetime, retention: Retention) -> Copies:
    return Copies(
        raw_topic=marked_at + retention.raw_topic,
        dead_letters=now + max(retention.raw_topic, retention.messages),
        bigquery_time_travel=now + retention.time_travel,
        bigquery_fail_safe=now + retention.time_travel + retention.fail_safe,
    )


_ENCODER = msgspec.json.Encoder(order="deterministic")
