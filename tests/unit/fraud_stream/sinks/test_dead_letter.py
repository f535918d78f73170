import pytest

from fraud_stream.sinks.dead_letter import DeadLetter, headers


@pytest.mark.parametrize(("field", "written"), [("amount", b"amount"), (None, b"")])
def test_headers_say_where_from_and_why(field: str | None, written: bytes) -> None:
    letter = DeadLetter("payment-events", 3, 2**40, "INVALID_FIELD", field)
    assert headers(letter) == [
        ("reason", b"INVALID_FIELD"),
        ("field", written),
        ("source-topic", b"payment-events"),
        ("source-partition", b"3"),
        ("source-offset", b"1099511627776"),
    ]
