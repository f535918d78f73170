"""The masking stage: bytes in, masked columns out, in the task that read the bytes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fraud.masking.card import CVV_MASKED, mask_card
from fraud.masking.key import HmacKey
from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON, Disposition, LateReason
from fraud.payments.event import InvalidPaymentError, Payment, Reason, parse_payment
from fraud_stream.keys import key_ring

TIMESTAMP = pa.timestamp("us", tz="UTC")
AMOUNT = pa.decimal128(18, 3)
"""Exact for every payable amount (15 whole digits, at most 3 minor ones), and narrow enough to multiply."""

POSITION = pa.schema(
    [
        ("kafka_topic", pa.string()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("kafka_timestamp", TIMESTAMP),
        ("length", pa.int32()),
    ]
)
VERDICT = pa.schema([("disposition", pa.string()), ("reason", pa.string()), ("field", pa.string())])
"""`disposition` is null while duplicates have not been looked at."""

EVENT = pa.schema(
    [
        ("event_time", TIMESTAMP),
        ("amount", AMOUNT),
        ("transaction_id", pa.string()),
        ("currency", pa.string()),
        ("sender_account_id", pa.string()),
        ("receiver_account_id", pa.string()),
        ("region", pa.string()),
        ("device_id", pa.string()),
        ("ip_address", pa.string()),
        ("merchant_id", pa.string()),
        ("merchant_category", pa.string()),
        ("status", pa.string()),
        ("user_email", pa.string()),
        ("credit_card_masked", pa.string()),
        ("cvv_masked", pa.string()),
        ("card_expiry_masked", pa.string()),
        ("pii_hash", pa.string()),
        ("card_token", pa.string()),
        ("pii_key_version", pa.string()),
    ]
)
MASKED = pa.schema([*POSITION, *VERDICT, *EVENT])
"""One row a Kafka position."""

_NOTHING = (None,) * len(EVENT)
_UNDECIDED = (None, None, None)


def mask_batches(batches: Iterable[pa.RecordBatch], version: str) -> Iterator[pa.RecordBatch]:
    """Mask each batch with a key version. Raises ValueError where this process does not know it."""
    key = key_ring().of(version)
    for batch in batches:
        yield mask_batch(batch, key)


def mask_batch(batch: pa.RecordBatch, key: HmacKey) -> pa.RecordBatch:
    """Return the masked rows (`MASKED`) of raw positions (`value` and `POSITION`)."""
    lengths, values = batch.column("length").to_pylist(), batch.column("value").to_pylist()
    rows = [masked_row(value, length, key) for value, length in zip(values, lengths, strict=True)]
    columns = _columns(rows)
    decided = _timely(columns, batch.column("kafka_timestamp").cast(TIMESTAMP))
    position = [batch.column(field.name).cast(field.type) for field in POSITION]
    return pa.RecordBatch.from_arrays([*position, *decided], schema=MASKED)


def masked_row(value: bytes | None, length: int, key: HmacKey) -> tuple[Any, ...]:
    """Return verdict and masked event of one value; a rejected one has no event."""
    if value is None:
        return (Disposition.REJECTED.value, (Reason.TOO_LARGE if length else Reason.NOT_JSON).value, None, *_NOTHING)
    try:
        payment = parse_payment(value)
    except InvalidPaymentError as invalid:
        return (Disposition.REJECTED.value, invalid.reason.value, invalid.field, *_NOTHING)
    return (*_UNDECIDED, *_masked_event(payment, key))


def _masked_event(payment: Payment, key: HmacKey) -> tuple[Any, ...]:
    event, card = payment.event, mask_card(payment, key)
    return (
        payment.event_time,
        payment.amount,
        event.transaction_id,
        event.currency,
        event.sender_account_id,
        event.receiver_account_id,
        event.region,
        event.device_id,
        payment.ip_network,
        event.merchant_id,
        event.merchant_category,
        event.status,
        event.user_email,
        card.credit_card_masked,
        CVV_MASKED,
        card.card_expiry_masked,
        card.pii_hash,
        card.card_token,
        key.version,
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[pa.Array]:
    fields = [*VERDICT, *EVENT]
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)]


def _timely(columns: list[pa.Array], append_time: pa.Array) -> list[pa.Array]:
    """Judge each clock by the event's own append time."""
    (disposition, reason, field), event = columns[: len(VERDICT)], columns[len(VERDICT) :]
    behind = pc.subtract(append_time, event[0])
    is_future = pc.less(behind, _duration(-CLOCK_TOLERANCE)).fill_null(fill_value=False)
    is_late = pc.greater(behind, _duration(DEDUPLICATION_HORIZON)).fill_null(fill_value=False)
    disposition = pc.if_else(
        is_future, Disposition.REJECTED.value, pc.if_else(is_late, Disposition.LATE.value, disposition)
    )
    reason = pc.if_else(is_future, Reason.FUTURE_CLOCK.value, pc.if_else(is_late, LateReason.APPEND_TIME.value, reason))
    field = pc.if_else(is_future, "event_time", field)
    event = [pc.if_else(is_future, None, column) for column in event]
    return [disposition, reason, field, *event]


def _duration(delta: timedelta) -> pa.Scalar:
    return pa.scalar(delta, pa.duration("us"))
