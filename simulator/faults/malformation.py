"""Messages that are no payments: each malformed kind as what it does to a well-formed event's bytes."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from simulator.messages.truth import Fault

Spoiler = Callable[[bytes, np.random.Generator], bytes | None]

GARBAGE_BYTES = 5_000_000
MOST_OVERSIZED = 3
"""Oversized messages of a run: more would measure the network, not the pipeline."""

_REQUIRED = (
    b"transaction_id event_time amount currency credit_card cvv card_expiry sender_account_id receiver_account_id "
    b"region device_id ip_address merchant_id merchant_category"
).split()


def spoiled(fault: Fault, value: bytes, rng: np.random.Generator) -> bytes | None:
    """Return what an event becomes by a fault; LATE and FUTURE_CLOCK are in its event_time and change nothing here."""
    return _SPOILERS[fault](value, rng) if fault in _SPOILERS else value


def _replace(field: bytes, written: bytes) -> Spoiler:
    return lambda value, _rng: _with_member(value, field, written)


def _with_member(value: bytes, field: bytes, written: bytes) -> bytes:
    return _member(field).sub(lambda _match: b'"' + field + b'":' + written, value)


def _member(field: bytes) -> re.Pattern[bytes]:
    return re.compile(b'"' + field + rb'":("[^"]*"|[^,}]*)')


def _truncate(value: bytes, _rng: np.random.Generator) -> bytes:
    return value[: len(value) // 2]


def _drop_field(value: bytes, rng: np.random.Generator) -> bytes:
    field = _REQUIRED[rng.integers(len(_REQUIRED))]
    return re.sub(_member(field).pattern + b",", b"", value)


def _negate(value: bytes, _rng: np.random.Generator) -> bytes:
    return value.replace(b'"amount":', b'"amount":-')


def _break_luhn(value: bytes, _rng: np.random.Generator) -> bytes:
    return re.sub(rb'("credit_card":"[^"]*)(\d)"', lambda card: b'%b%d"' % (card[1], (int(card[2]) + 1) % 10), value)


def _copy_card_number(value: bytes, _rng: np.random.Generator) -> bytes:
    [card] = _member(b"credit_card").findall(value)
    return _with_member(value, b"merchant_id", card)


_SPOILERS: Mapping[Fault, Spoiler] = MappingProxyType(
    {
        Fault.BAD_JSON: _truncate,
        Fault.MISSING_FIELD: _drop_field,
        Fault.LETTERS_IN_AMOUNT: _replace(b"amount", b'"1O.50"'),
        Fault.NEGATIVE_AMOUNT: _negate,
        Fault.LUHN_FAILURE: _break_luhn,
        Fault.OVERSIZED_GARBAGE: lambda _value, rng: rng.bytes(GARBAGE_BYTES),
        Fault.TOO_MANY_MINOR_DIGITS: _replace(b"amount", b"12.34567"),
        Fault.UNKNOWN_CURRENCY: _replace(b"currency", b'"XQZ"'),
        Fault.BAD_EXPIRY: _replace(b"card_expiry", b'"13/30"'),
        Fault.EMPTY_VALUE: lambda _value, _rng: b"",
        Fault.NULL_VALUE: lambda _value, _rng: None,
        Fault.ZERO_AMOUNT: _replace(b"amount", b"0.00"),
        Fault.NOT_A_NUMBER: _replace(b"amount", b"NaN"),
        Fault.NOT_AN_OBJECT: lambda value, _rng: b"[" + value + b"]",
        Fault.NOT_UTF8: _replace(b"device_id", b'"DEV_\xff\xfe"'),
        Fault.NOT_A_TIME: _replace(b"event_time", b'"yesterday"'),
        Fault.LONG_TRANSACTION_ID: _replace(b"transaction_id", b'"%b"' % (b"T" * 65)),
        Fault.CARD_NUMBER_ELSEWHERE: _copy_card_number,
    }
)
