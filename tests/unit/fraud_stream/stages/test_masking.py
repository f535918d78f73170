import json
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark import cloudpickle

from fraud.masking.card import card_token, pii_hash
from fraud.masking.key import HmacKey
from fraud.payments.card_number import luhn_check_digit
from fraud_stream.card_rule import stack_card_rule
from fraud_stream.stages.masking import EVENT, MASKED, VERDICT, mask_batch, mask_batches
from tests.builders import CARD, KEY, KEYS, NOON, Position, as_json, payment_event, payment_json, raw_batch
from tests.unit.fraud.strategies import card_numbers, digits, expiries, written_cards

FEW = settings(max_examples=30)  # each example is a batch or two of thirty columns
PICKLED: Callable[[object], bytes] = cloudpickle.dumps
HMAC = HmacKey("3", bytes.fromhex(KEY))
HOUR, FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def masked(*positions: Position) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = mask_batch(raw_batch(positions), HMAC).to_pylist()
    return rows


def verdict(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in VERDICT.names)


def test_a_payment_leaves_as_the_contract_says() -> None:
    [row] = masked(Position(value=payment_json(), offset=7, partition=2))
    assert row == {
        "kafka_topic": "payment-events",
        "kafka_partition": 2,
        "kafka_offset": 7,
        "kafka_timestamp": NOON,
        "length": len(payment_json()),
        "disposition": None,
        "reason": None,
        "field": None,
        "event_time": NOON,
        "amount": Decimal("12.500"),
        "transaction_id": "TXN_000001",
        "currency": "USD",
        "sender_account_id": "ACC_000100",
        "receiver_account_id": "ACC_000200",
        "region": "US-CA-LA",
        "device_id": "device-7f3a",
        "ip_address": "203.0.113.0/24",
        "merchant_id": "MER_000042",
        "merchant_category": "5812",
        "status": "APPROVED",
        "user_email": "jo.doe@example.org",
        "credit_card_masked": "XXXX-XXXX-XXXX-1111",
        "cvv_masked": "XXX",
        "card_expiry_masked": "08/XX",
        "pii_hash": pii_hash(HMAC, CARD, "9173", "08/31"),
        "card_token": card_token(HMAC, CARD),
        "bin_token": HMAC.digest(CARD[:8].encode()),
        "pii_key_version": "3",
    }


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        pytest.param(timedelta(0), (None, None, None), id="at its append time"),
        pytest.param(HOUR, (None, None, None), id="an hour behind"),
        pytest.param(HOUR + MICROSECOND, ("LATE", "APPEND_TIME", None), id="a microsecond more"),
        pytest.param(timedelta(days=700_000), ("LATE", "APPEND_TIME", None), id="in antiquity"),
        pytest.param(-FIVE_MINUTES, (None, None, None), id="five minutes ahead"),
        pytest.param(-FIVE_MINUTES - MICROSECOND, ("REJECTED", "FUTURE_CLOCK", "event_time"), id="a microsecond more"),
        pytest.param(timedelta(days=-700_000), ("REJECTED", "FUTURE_CLOCK", "event_time"), id="in the far future"),
    ],
)
def test_a_clock_is_judged_by_the_append_time(behind: timedelta, expected: tuple[object, ...]) -> None:
    event_time = (NOON - behind).isoformat().replace("+00:00", "Z")
    [row] = masked(Position(value=payment_json(event_time=event_time), appended=NOON))
    assert verdict(row) == expected
    assert row["event_time"] == NOON - behind
    assert (row["transaction_id"] is None) is (expected[0] == "REJECTED")


FUTURE = Position(value=payment_json(event_time="2026-03-01T12:05:00.000001Z"))
MALFORMED = [
    pytest.param(Position(value=b"garbage"), ("REJECTED", "NOT_JSON", None), id="not JSON"),
    pytest.param(Position(value=b""), ("REJECTED", "NOT_JSON", None), id="empty"),
    pytest.param(Position(value=None), ("REJECTED", "NOT_JSON", None), id="no value"),
    pytest.param(Position(value=None, length=5_000_000), ("REJECTED", "TOO_LARGE", None), id="too large to be read"),
    pytest.param(Position(value=b" " * 16_385), ("REJECTED", "TOO_LARGE", None), id="too large"),
    pytest.param(Position(value=payment_json(cvv="x")), ("REJECTED", "INVALID_FIELD", "cvv"), id="bad field"),
    pytest.param(Position(value=b"{}"), ("REJECTED", "MISSING_FIELD", "transaction_id"), id="missing field"),
]


@pytest.mark.parametrize(("position", "expected"), MALFORMED)
def test_a_rejected_event_leaves_nothing_but_its_verdict(position: Position, expected: tuple[object, ...]) -> None:
    [row] = masked(position)
    assert verdict(row) == expected
    assert {row[name] for name in EVENT.names} == {None}


def test_of_an_event_from_the_future_the_time_alone_is_kept() -> None:
    [row] = masked(FUTURE)
    assert verdict(row) == ("REJECTED", "FUTURE_CLOCK", "event_time")
    assert {name for name in EVENT.names if row[name] is not None} == {"event_time"}


def test_a_late_event_keeps_its_masked_columns() -> None:
    [row] = masked(Position(value=payment_json(), appended=NOON + HOUR + MICROSECOND))
    assert row["transaction_id"] == "TXN_000001"
    assert row["credit_card_masked"] == "XXXX-XXXX-XXXX-1111"


def test_every_position_has_its_row_in_order() -> None:
    values = [payment_json(), b"garbage", None, FUTURE.value, payment_json(transaction_id="TXN_2")]
    rows = masked(*(Position(value=value, offset=offset) for offset, value in enumerate(values)))
    assert [row["kafka_offset"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["transaction_id"] for row in rows] == ["TXN_000001", None, None, None, "TXN_2"]


def test_no_positions_give_no_rows() -> None:
    assert mask_batch(raw_batch([]), HMAC).schema == MASKED
    assert masked() == []


def test_batches_are_masked_with_the_version_that_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", f'{{"11": "{"ab" * 32}", "10": "{KEY}"}}')
    [batch] = mask_batches([raw_batch([Position(value=payment_json())])], "10")
    assert batch["pii_key_version"].to_pylist() == ["10"]
    assert batch["card_token"].to_pylist() == [card_token(HMAC, CARD)]
    with pytest.raises(ValueError, match="version 12 is not among the keys"):
        list(mask_batches([raw_batch([])], "12"))


def test_the_key_does_not_travel_with_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HMAC_KEYS", KEYS)
    list(mask_batches([raw_batch([Position(value=payment_json())])], next(iter(json.loads(KEYS)))))
    closure = PICKLED(mask_batches)
    assert pickle.loads(closure) is mask_batches  # noqa: S301  our own bytes
    assert KEY.encode() not in closure
    assert bytes.fromhex(KEY) not in closure


@FEW
@given(written_cards(), digits(3, 4), expiries())
def test_no_column_holds_a_card_number(written: str, cvv: str, expiry: str) -> None:
    [row] = masked(Position(value=payment_json(credit_card=written, cvv=cvv, card_expiry=expiry)))
    number = written.replace("-", "").replace(" ", "")
    texts = [str(value) for value in row.values()]
    assert not [text for text in texts if number in text.replace("-", "") or written in text or expiry in text]
    assert row["credit_card_masked"] == f"XXXX-XXXX-XXXX-{number[-4:]}"


def differing(**changes: str) -> set[str]:
    """Return the columns in which a changed event differs from the valid one, once masked."""
    [one], [other] = masked(Position(value=payment_json())), masked(Position(value=payment_json(**changes)))
    return {name for name in one if one[name] != other[name]} - {"length"}


@FEW
@given(card_numbers().filter(lambda number: number != CARD))
def test_a_card_shows_in_its_hashes_and_last_digits_only(number: str) -> None:
    assert differing(credit_card=number) - {"credit_card_masked"} == {"pii_hash", "card_token", "bin_token"}


def test_another_card_with_the_same_last_digits_shows_in_its_hashes_only() -> None:
    other = next(body + "1111" for body in map(str, range(10**11, 10**12)) if luhn_check_digit(body + "111") == "1")
    assert differing(credit_card=other) == {"pii_hash", "card_token", "bin_token"}


@FEW
@given(digits(3, 4).filter(lambda cvv: cvv != "9173"))
def test_a_cvv_shows_nowhere(cvv: str) -> None:
    assert differing(cvv=cvv) == set()


@FEW
@given(digits(2, 2).filter(lambda year: year != "31"))
def test_a_year_of_expiry_shows_in_the_hash_only(year: str) -> None:
    assert differing(card_expiry=f"08/{year}") == {"pii_hash"}


@FEW
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_bytes_stop_the_stage(values: list[bytes]) -> None:
    rows = masked(*(Position(value=value, offset=offset) for offset, value in enumerate(values)))
    assert [row["disposition"] for row in rows] == ["REJECTED"] * len(values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@FEW
@given(st.dictionaries(st.sampled_from(sorted(payment_event())), JSON, min_size=1, max_size=3))
def test_no_value_in_a_field_stops_the_stage(changes: dict[str, object]) -> None:
    [row] = masked(Position(value=as_json(payment_event(**changes))))
    assert (row["transaction_id"] is None) is (row["disposition"] == "REJECTED")


@FEW
@given(st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,20})?", fullmatch=True))
def test_no_number_stops_the_stage(number: str) -> None:
    value = payment_json(amount="AMOUNT").replace(b'"AMOUNT"', number.encode())
    [row] = masked(Position(value=value))
    amount = row["amount"]
    assert amount is None or amount == Decimal(number)
    assert MASKED.field("amount").type == pa.decimal128(18, 3)


@pytest.fixture
def unionpay(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stack that takes UnionPay's numbers without a check digit."""
    monkeypatch.setenv("UNIONPAY_WITHOUT_CHECK_DIGIT", "true")
    stack_card_rule.cache_clear()
    yield
    stack_card_rule.cache_clear()


@pytest.mark.usefixtures("unionpay")
def test_a_stack_may_take_unionpay_s_numbers_without_a_check_digit() -> None:
    rows = masked(
        *(Position(value=payment_json(credit_card=card)) for card in ("6200000000000001", "4111111111111112"))
    )
    assert [row["disposition"] for row in rows] == [None, "REJECTED"]
    assert rows[0]["credit_card_masked"] == "XXXX-XXXX-XXXX-0001"
