"""Masking row by row, as `parse_payment` and `mask_card` say it: what the columns are held to, and measured against."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from fraud.masking.card import CVV_MASKED, mask_card
from fraud.masking.key import HmacKey
from fraud.payments.disposition import Disposition
from fraud.payments.event import InvalidPaymentError, Payment, Reason, parse_payment
from fraud_stream.stages.masking import EVENT, VERDICT

NOTHING = (None,) * len(EVENT)
UNDECIDED = (None,) * len(VERDICT)


def masked_rows(values: Sequence[bytes | None], lengths: Sequence[int], key: HmacKey) -> list[pa.Array]:
    """Return the columns `VERDICT` and `EVENT` of values, their clocks not judged yet."""
    rows = [_row(value, length, key) for value, length in zip(values, lengths, strict=True)]
    fields = [*VERDICT, *EVENT]
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)]


def _row(value: bytes | None, length: int, key: HmacKey) -> tuple[Any, ...]:
    if value is None:
        return (Disposition.REJECTED.value, (Reason.TOO_LARGE if length else Reason.NOT_JSON).value, None, *NOTHING)
    try:
        payment = parse_payment(value)
    except InvalidPaymentError as invalid:
        return (Disposition.REJECTED.value, invalid.reason.value, invalid.field, *NOTHING)
    return (*UNDECIDED, *_event(payment, key))


def _event(payment: Payment, key: HmacKey) -> tuple[Any, ...]:
    event, card = payment.event, mask_card(payment, key)
    changed = {
        "event_time": payment.event_time,
        "amount": payment.amount,
        "ip_address": payment.ip_network,
        "credit_card_masked": card.credit_card_masked,
        "cvv_masked": CVV_MASKED,
        "card_expiry_masked": card.card_expiry_masked,
        "pii_hash": card.pii_hash,
        "card_token": card.card_token,
        "bin_token": card.bin_token,
        "pii_key_version": key.version,
    }
    return tuple(changed[name] if name in changed else getattr(event, name) for name in EVENT.names)
