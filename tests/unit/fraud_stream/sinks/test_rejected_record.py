import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_stream.sinks.rejected_record import LOAD_BYTES, LOAD_RECORDS, Copy, DeadLetter, headers_of, loads

LETTER = DeadLetter("payment-events", 3, 2**40, "INVALID_FIELD", "amount")


@pytest.mark.parametrize(("field", "written"), [("amount", b"amount"), (None, b"")])
def test_headers_say_where_from_and_why(field: str | None, written: bytes) -> None:
    letter = DeadLetter("payment-events", 3, 2**40, "INVALID_FIELD", field)
    assert headers_of(letter) == [
        ("reason", b"INVALID_FIELD"),
        ("field", written),
        ("source-topic", b"payment-events"),
        ("source-partition", b"3"),
        ("source-offset", b"1099511627776"),
    ]


@given(st.none() | st.binary(max_size=60), st.none() | st.binary(max_size=60), st.integers(0, 100))
def test_a_record_is_copied_whole_or_cut_with_what_was_cut_told(
    value: bytes | None, key: bytes | None, limit: int
) -> None:
    copied_value, copied_key, headers = Copy(LETTER, value, key).within(limit)
    told = dict(headers)
    if len(value or b"") + len(key or b"") <= limit:
        assert (copied_value, copied_key, headers) == (value, key, headers_of(LETTER))
        return
    assert len(copied_value or b"") + len(copied_key or b"") <= limit
    assert (value or b"").startswith(copied_value or b"")
    assert (key or b"").startswith(copied_key or b"")
    assert told["sha256"].decode() == hashlib.sha256(value or b"").hexdigest()
    assert (int(told["length"]), int(told["key-length"])) == (len(value or b""), len(key or b""))


def test_an_unreadable_record_is_pointed_at() -> None:
    value, key, headers = Copy(LETTER, unread="GONE").within(100)
    assert (value, key, dict(headers)["unread"], dict(headers)["source-offset"]) == (
        None,
        None,
        b"GONE",
        b"1099511627776",
    )


@pytest.mark.parametrize(
    ("sizes", "divided"),
    [
        ([], []),
        ([1] * LOAD_RECORDS, [LOAD_RECORDS]),
        ([1] * (LOAD_RECORDS + 1), [LOAD_RECORDS, 1]),
        ([LOAD_BYTES // 2] * 5, [2, 2, 1]),
        ([LOAD_BYTES * 2, 1], [1, 1]),
    ],
)
def test_a_transaction_carries_so_many_records_or_bytes(sizes: list[int], divided: list[int]) -> None:
    content = memoryview(bytes(LOAD_BYTES * 2))
    copies = [Copy(LETTER, bytes(content[:size])) for size in sizes]
    assert [len(load) for load in loads(copies)] == divided
