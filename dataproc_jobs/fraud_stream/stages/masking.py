"""The masking stage: bytes in, masked columns out, in the task that read the bytes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraud.masking.card import BIN_DIGITS, CVV_MASKED, HASHED_FIELDS
from fraud.masking.key import HmacKey
from fraud.payments.disposition import CLOCK_TOLERANCE, DEDUPLICATION_HORIZON, Disposition, LateReason
from fraud.payments.event import InvalidPaymentError, PaymentEvent, Reason, decode_event
from fraud_stream.card_rule import stack_card_rule
from fraud_stream.keys import key_ring
from fraud_stream.stages.card_column import text_column
from fraud_stream.stages.judgement import AMOUNT, TIMESTAMP, Judged, judge_all

__all__ = ["AMOUNT", "EVENT", "MASKED", "POSITION", "TIMESTAMP", "VERDICT", "mask_batch", "mask_batches"]

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
        ("bin_token", pa.string()),
        ("pii_key_version", pa.string()),
    ]
)
MASKED = pa.schema([*POSITION, *VERDICT, *EVENT])
"""One row a Kafka position."""

Rejection = tuple[str, str | None]
"""Reason and field."""

_REJECTED = Disposition.REJECTED.value
_HEX_DIGITS = 64
_AT_ONCE = 2_048
"""Rows whose decoded events fit the processor's cache together; more take half as long again."""


def mask_batches(batches: Iterable[pa.RecordBatch], version: str) -> Iterator[pa.RecordBatch]:
    """Mask each batch with a key version. Raises ValueError where this process does not know it."""
    key = key_ring().of(version)
    for batch in batches:
        yield mask_batch(batch, key)


def mask_batch(batch: pa.RecordBatch, key: HmacKey) -> pa.RecordBatch:
    """Return the masked rows (`MASKED`) of raw positions (`value` and `POSITION`)."""
    if len(batch) <= _AT_ONCE:
        return _masked(batch, key)
    parts = [_masked(batch.slice(start, _AT_ONCE), key) for start in range(0, len(batch), _AT_ONCE)]
    return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]


def _masked(batch: pa.RecordBatch, key: HmacKey) -> pa.RecordBatch:
    events, rejected = _decoded(batch.column("value"), batch.column("length"))
    judged = judge_all(list(events.values()), stack_card_rule())
    rows = list(events)
    rejected |= {rows[at]: (error.reason.value, error.field) for at, error in judged.refused.items()}
    event = _among(len(batch), [row for row in rows if row not in rejected], _masked_event(judged.accepted, key))
    decided = _timely([*_verdict(len(batch), rejected), *event], batch.column("kafka_timestamp").cast(TIMESTAMP))
    position = [batch.column(field.name).cast(field.type) for field in POSITION]
    return pa.RecordBatch.from_arrays([*position, *decided], schema=MASKED)


def _decoded(values: pa.Array, lengths: pa.Array) -> tuple[dict[int, PaymentEvent], dict[int, Rejection]]:
    """Return by row the events, and why the other values are none."""
    events: dict[int, PaymentEvent] = {}
    rejected: dict[int, Rejection] = {}
    for row, value in enumerate(values.to_numpy(zero_copy_only=False).tolist()):
        if value is None:
            rejected[row] = ((Reason.TOO_LARGE if lengths[row].as_py() else Reason.NOT_JSON).value, None)
            continue
        try:
            events[row] = decode_event(value)
        except InvalidPaymentError as error:
            rejected[row] = (error.reason.value, error.field)
    return events, rejected


def _verdict(count: int, rejected: Mapping[int, Rejection]) -> list[pa.Array]:
    rows = sorted(rejected)
    given = [[_REJECTED] * len(rows), [rejected[row][0] for row in rows], [rejected[row][1] for row in rows]]
    return _among(count, rows, [pa.array(column, pa.string()) for column in given])


def _masked_event(judged: Judged, key: HmacKey) -> list[pa.Array]:
    """Return the columns `EVENT` of payments."""
    texts, digits, expiry = judged.texts, judged.card_digits, judged.texts["card_expiry"]
    number = pc.binary_join_element_wise
    columns = texts | {
        "event_time": judged.event_time,
        "amount": judged.amount,
        "ip_address": judged.ip_network,
        "credit_card_masked": number("XXXX-XXXX-XXXX-", pc.utf8_slice_codeunits(digits, -4), ""),
        "cvv_masked": pa.repeat(CVV_MASKED, len(digits)),
        "card_expiry_masked": number(pc.utf8_slice_codeunits(expiry, 0, 2), "/XX", ""),
        "pii_hash": _hashed(number(digits, *map(texts.__getitem__, HASHED_FIELDS[key.scheme]), "|"), key),
        "card_token": _hashed(digits, key),
        "bin_token": _hashed_each(pc.utf8_slice_codeunits(digits, 0, BIN_DIGITS), key),
        "pii_key_version": pa.repeat(key.version, len(digits)),
    }
    return [columns[field.name] for field in EVENT]


def _hashed(messages: pa.Array, key: HmacKey) -> pa.Array:
    digests = key.digests(messages.cast(pa.binary()).to_numpy(zero_copy_only=False).tolist())
    return text_column(digests.encode(), np.arange(len(messages) + 1) * _HEX_DIGITS)


def _hashed_each(messages: pa.Array, key: HmacKey) -> pa.Array:
    """Return hashes of messages of which many are alike."""
    encoded = messages.dictionary_encode()
    return _hashed(encoded.dictionary, key).take(encoded.indices)


def _among(count: int, rows: Sequence[int], columns: Sequence[pa.Array]) -> list[pa.Array]:
    """Return columns of `count` rows, with those given at `rows`, in their order, and nulls elsewhere."""
    if len(rows) == count:
        return list(columns)
    places = np.full(count, -1)
    places[rows] = np.arange(len(rows))
    indices = pa.array(places, mask=places < 0)
    return [column.take(indices) for column in columns]


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
    if pc.any(is_future).as_py():
        # the time alone is kept, which is stored nowhere: it tells how far the clock is off
        event = [event[0], *(pc.if_else(is_future, None, column) for column in event[1:])]
    return [disposition, reason, field, *event]


def _duration(delta: timedelta) -> pa.Scalar:
    return pa.scalar(delta, pa.duration("us"))
