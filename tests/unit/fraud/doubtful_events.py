"""Events that are payments, nearly payments, and nothing of the kind: one table for the row and for the columns."""

from collections.abc import Mapping

import msgspec
from hypothesis import strategies as st

from tests.builders import CARD, as_json, payment_event
from tests.unit.fraud.disguises import DISGUISES
from tests.unit.fraud.strategies import written_cards

_NAMES = ["x", "x" * 64, "x" * 65, "é" * 64, "é" * 65, "", " ", "a\nb", "1111222233334444", "😀" * 40, "\u0000"]
_UUIDS = ["00000000-0000-4111-8111-111111111111", "41111111-1111-4111-8111-411111111111"]
_SMUGGLED = [
    CARD,
    "4111-1111-1111-1111",
    "4111 1111 1111 1111",
    f"card {CARD}.",
    f"9{CARD}9",
    "4111111111111112",
    "5555555555554444",
    *DISGUISES.values(),
]
_TIMES = [
    "2026-03-01T12:00:00Z",
    "2026-03-01T12:00:00.1Z",
    "2026-03-01T12:00:00.123456+00:00",
    "2026-03-01T12:00:00.1234567Z",
    "2024-02-29T00:00:00Z",
    "2026-02-29T12:00:00Z",
    "2000-02-29T12:00:00Z",
    "1900-02-29T12:00:00Z",
    "2100-02-29T12:00:00Z",
    "2026-04-31T12:00:00Z",
    "2026-04-30T12:00:00Z",
    "2026-12-31T23:59:59.999999Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0999-12-31T23:59:59Z",
    "1000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "2026-00-10T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-03-00T12:00:00Z",
    "2026-03-01T12:00:00",
    "2026-03-01T12:00:00-00:00",
    "2026-03-01t12:00:00z",
    "1772366400",
]
_AMOUNTS = [
    "0",
    "0.00",
    "-0",
    "-1",
    "1",
    "0.01",
    "0.001",
    "0.0001",
    "12.5",
    "12.500",
    "12.5000",
    "12.50000000000000000000000000000000001",
    "1e2",
    "1E+002",
    "150e-2",
    "1e-3",
    "999999999999999",
    "999999999999999.99",
    "999999999999999.999",
    "1000000000000000",
    "1e15",
    "1e99",
    "1e99999999999999999999",
    '"5"',
    '""',
    "true",
    "null",
    "[5]",
    '{"value":5}',
    "123.4",
    "7.05",
    "0.1e1",
]

VALUES: Mapping[str, list[object]] = {
    "transaction_id": [*_NAMES, *_UUIDS, *_SMUGGLED],
    "event_time": [*_TIMES, "2026-03-01T12:00:00Z\n", " 2026-03-01T12:00:00Z", ""],
    "amount": [msgspec.Raw(text.encode()) for text in _AMOUNTS],
    "currency": ["USD", "JPY", "KWD", "usd", "XXX", "", "USD ", "US\u0000"],
    "credit_card": [
        *_SMUGGLED,
        "4111--1111-1111-1111",
        "4111- 1111-1111-1111",
        "-4111111111111111",
        "4111111111111111-",
        "4222222222222",
        "411111111111",
        "0" * 16,
        "0000-0000-0000-0000",
        "6200000000000001",
        "6205500000000000004",
        "41111111111",
        "4" * 20,
        "\uff14" + "\uff11" * 15,
        "",
        " ",
        "-",
        "é",
    ],
    "cvv": ["123", "1234", "12", "12345", "12a", "\uff11\uff12\uff13", "123\n", "", "1\u0000"],
    "card_expiry": ["01/00", "12/99", "00/31", "13/31", "8/31", "08/2031", "08-31", "08/31\n", ""],
    "sender_account_id": [*_NAMES, *_SMUGGLED],
    "receiver_account_id": [*_NAMES, *_SMUGGLED],
    "region": [*_NAMES, *_SMUGGLED],
    "device_id": [*_NAMES, *_UUIDS, *_SMUGGLED],
    "ip_address": [
        "203.0.113.77",
        "255.255.255.255",
        "2001:db8:1:2:3:4:5:6",
        "::1",
        "::ffff:203.0.113.77",
        "203.0.113",
        "203.0.113.256",
        "203.0.113.077",
        "203.0.113.77/24",
        "2001:db8::g",
        "localhost",
        "3405803853",
        "1.2.3.4.5",
        "",
        "203.0.113.77\n",
        " 203.0.113.77",
        "٢٠٣.0.113.77",
        "1.2.3.\x00",
        "f" * 65,
    ],
    "merchant_id": [*_NAMES, *_SMUGGLED],
    "merchant_category": ["0000", "9999", "581", "58122", "58I2", "5812\n", ""],
    "user_email": [None, "", "x" * 254, "x" * 255, "é" * 254, "é" * 255, "jo@example.org", *_SMUGGLED],
    "status": ["PENDING", "APPROVED", "DECLINED", "approved", "PENDING\n", ""],
}
"""By field, what may stand there: some of it is valid, some nearly so."""

_ANYTHING: st.SearchStrategy[object] = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=80))


def _field() -> st.SearchStrategy[tuple[str, object]]:
    return st.sampled_from(sorted(VALUES)).flatmap(
        lambda field: st.tuples(st.just(field), st.sampled_from(VALUES[field]) | _ANYTHING)
    )


def _spoiled(value: bytes, at: int, byte: int) -> bytes:
    place = at % len(value)
    return value[:place] + bytes([byte]) + value[place + 1 :]


def written_events() -> st.SearchStrategy[bytes]:
    """Return Kafka values: payments with up to three fields changed, members twice, single bytes spoiled, no JSON."""
    changed = st.lists(_field(), max_size=3).map(lambda changes: as_json(payment_event(**dict(changes))))
    carded = st.builds(
        lambda card, field, text: as_json(payment_event(credit_card=card) | {field: text}),
        written_cards(),
        st.sampled_from(["region", "device_id", "user_email"]),
        st.from_regex(r"[0-9]{10,24}", fullmatch=True)
        | st.from_regex(r"[45 ][0-9]{11,13}[ ._-]?[0-9]{1,4}[a-z]?", fullmatch=True),
    )
    doubled = st.builds(
        lambda value, member: b"{" + as_json(dict([member]))[1:-1] + b"," + value[1:], changed, _field()
    )
    spoiled = st.builds(_spoiled, changed, st.integers(0, 10_000), st.integers(0, 255))
    return st.one_of(changed, changed, carded, doubled, spoiled, st.binary(max_size=30))
