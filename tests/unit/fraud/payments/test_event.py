import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from fraud.payments.event import (
    MAX_EVENT_BYTES,
    SEARCHED_TEXT,
    InvalidPaymentError,
    Reason,
    _blame,
    decode_event,
    judge,
    parse_payment,
    with_pasted_card,
)
from tests.builders import CARD, as_json, payment_event, payment_json
from tests.unit.fraud.disguises import DISGUISES
from tests.unit.fraud.rejections import rejection
from tests.unit.fraud.strategies import written_cards

ANOTHER = "5555555555554444"
OPTIONAL = ("user_email", "status")
REQUIRED = sorted(payment_event().keys() - set(OPTIONAL))
STORED_TEXT = (
    "transaction_id",
    "sender_account_id",
    "receiver_account_id",
    "region",
    "device_id",
    "merchant_id",
    "user_email",
)


def test_a_payment_means_what_it_says() -> None:
    payment = parse_payment(payment_json(credit_card="4111-1111-1111-1111"))
    assert payment.event_time == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert payment.amount == Decimal("12.50")
    assert payment.card_digits == CARD
    assert payment.ip_network == "203.0.113.0/24"
    assert payment.event.merchant_category == "5812"


def test_optional_fields_have_their_defaults() -> None:
    event = {name: value for name, value in payment_event().items() if name not in OPTIONAL}
    payment = parse_payment(as_json(event))
    assert payment.event.status == "PENDING"
    assert payment.event.user_email is None


def test_unknown_fields_are_ignored() -> None:
    assert parse_payment(payment_json(loyalty={"points": [1, None]})) == parse_payment(payment_json())


@given(written_cards())
def test_every_valid_card_is_taken(written: str) -> None:
    assert parse_payment(payment_json(credit_card=written)).event.credit_card == written


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_named(field: str) -> None:
    event = {name: value for name, value in payment_event().items() if name != field}
    assert rejection(as_json(event)) == (Reason.MISSING_FIELD, field)


@pytest.mark.parametrize("value", [None, True, 7, 1.5, ["x"], {"x": "y"}], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("field", sorted(payment_event().keys() - {"amount", "user_email"}))
def test_a_field_of_another_type_is_named(field: str, value: object) -> None:
    assert rejection(payment_json(**{field: value})) == (Reason.INVALID_FIELD, field)


@pytest.mark.parametrize("value", [True, 7, ["x"], {"x": "y"}], ids=lambda value: type(value).__name__)
def test_an_address_of_another_type_is_named(value: object) -> None:
    assert parse_payment(payment_json(user_email=None)).event.user_email is None
    assert rejection(payment_json(user_email=value)) == (Reason.INVALID_FIELD, "user_email")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transaction_id", ""),
        ("transaction_id", "T" * 65),
        ("currency", "usd"),
        ("currency", "XXX"),
        ("currency", ""),
        ("credit_card", "4111111111111112"),
        ("credit_card", "4111 1111 1111 111x"),
        ("credit_card", "41111111111"),
        ("credit_card", "4" * 20),
        ("credit_card", "4111--1111-1111-1111"),
        ("cvv", "12"),
        ("cvv", "12345"),
        ("cvv", "12a"),
        ("cvv", "\uff11\uff12\uff13"),
        ("cvv", "123\n"),
        ("card_expiry", "00/31"),
        ("card_expiry", "13/31"),
        ("card_expiry", "8/31"),
        ("card_expiry", "08/2031"),
        ("card_expiry", "08-31"),
        ("card_expiry", "08/31\n"),
        ("sender_account_id", ""),
        ("receiver_account_id", "A" * 65),
        ("region", ""),
        ("device_id", ""),
        ("merchant_id", ""),
        ("ip_address", "203.0.113"),
        ("ip_address", "f" * 65),
        ("merchant_category", "581"),
        ("merchant_category", "58122"),
        ("merchant_category", "58I2"),
        ("user_email", "x" * 255),
        ("status", "approved"),
        ("status", ""),
    ],
)
def test_a_bad_text_is_named(field: str, value: str) -> None:
    assert rejection(payment_json(**{field: value})) == (Reason.INVALID_FIELD, field)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Object missing required field `amount`", (Reason.MISSING_FIELD, "amount")),
        ("Expected `str`, got `int` - at `$.region`", (Reason.INVALID_FIELD, "region")),
        ("Expected `str`, got `int` - at `$.user_email[0].name`", (Reason.INVALID_FIELD, "user_email")),
        ("Expected `str`, got `$.cvv` quoted", (Reason.INVALID_FIELD, None)),
        ("Expected `str`, got `$.cvv` quoted - at `$.region`", (Reason.INVALID_FIELD, "region")),
        ("Got Object missing required field `amount` - at `$.region`", (Reason.INVALID_FIELD, "region")),
        ("Expected `str`, got `int` - at `$.hunter2`", (Reason.INVALID_FIELD, None)),
        ("Expected `object`, got `array`", (Reason.INVALID_FIELD, None)),
    ],
)
def test_only_a_field_of_the_contract_is_named_and_never_what_a_decoder_quotes(
    message: str, named: tuple[Reason, str | None]
) -> None:
    blamed = _blame(message)
    assert (blamed.reason, blamed.field) == named


@pytest.mark.parametrize(
    ("value", "words"), [(payment_json(currency="usd"), "INVALID_FIELD: currency"), (b"{", "NOT_JSON")]
)
def test_a_rejection_reads_as_its_reason_and_its_field(value: bytes, words: str) -> None:
    with pytest.raises(InvalidPaymentError) as caught:
        parse_payment(value)
    assert str(caught.value) == words


def test_an_event_shows_nothing_but_its_kind() -> None:
    payment = parse_payment(payment_json())
    assert (repr(payment), repr(payment.event)) == ("Payment(...)", "PaymentEvent(...)")


def test_the_shortest_texts_are_taken() -> None:
    shortest = dict.fromkeys(("transaction_id", "sender_account_id", "region", "device_id", "merchant_id"), "é")
    assert parse_payment(payment_json(**shortest)).event.region == "é"


def test_the_longest_texts_are_taken() -> None:
    longest = dict.fromkeys(("transaction_id", "sender_account_id", "region", "device_id", "merchant_id"), "é" * 64)
    assert parse_payment(payment_json(**longest, user_email="x" * 254)).event.region == "é" * 64


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00.1Z", datetime(2026, 3, 1, 12, 0, 0, 100_000, UTC)),
        ("2026-03-01T12:00:00.12345Z", datetime(2026, 3, 1, 12, 0, 0, 123_450, UTC)),
        ("2026-03-01T12:00:00.000001Z", datetime(2026, 3, 1, 12, 0, 0, 1, UTC)),
        ("2028-02-29T23:59:59.999999Z", datetime(2028, 2, 29, 23, 59, 59, 999_999, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
    ],
)
def test_an_event_time_is_kept_to_the_microsecond(text: str, moment: datetime) -> None:
    assert parse_payment(payment_json(event_time=text)).event_time == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-03-01 12:00:00Z",
        "2026-03-01t12:00:00z",
        "2026-03-01T12:00Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00.1234567Z",
        "2026-03-01T12:00:00,5Z",
        "2026-03-01T12:00:00+01:00",
        "2026-03-01T12:00:00-00:00",
        "2026-03-01T12:00:00Z\n",
        " 2026-03-01T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T23:59:60Z",
        "2026-03-01T12:00:00.123456" + "0" * 20 + "Z",
        "1772366400",
    ],
)
def test_another_event_time_is_named(text: str) -> None:
    assert rejection(payment_json(event_time=text)) == (Reason.INVALID_FIELD, "event_time")


@pytest.mark.parametrize(
    "smuggled",
    [
        pytest.param(CARD, id="digits"),
        pytest.param("4111 1111 1111 1111", id="spaces"),
        pytest.param("4111-1111-1111-1111", id="hyphens"),
        pytest.param("41-11111111-111111", id="other groups"),
        pytest.param(f"card {CARD}, thanks", id="within a text"),
    ],
)
@pytest.mark.parametrize("written", [CARD, "4111-1111-1111-1111"], ids=["written plainly", "written with hyphens"])
@pytest.mark.parametrize("field", STORED_TEXT)
def test_the_card_number_in_another_field_is_refused(field: str, written: str, smuggled: str) -> None:
    value = payment_json(**{"credit_card": written, field: smuggled})
    assert rejection(value) == (Reason.CARD_DATA_IN_FIELD, field)


@pytest.mark.parametrize("smuggled", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("field", STORED_TEXT)
def test_the_card_number_in_other_clothes_is_refused(field: str, smuggled: str) -> None:
    assert rejection(payment_json(**{field: smuggled})) == (Reason.CARD_DATA_IN_FIELD, field)


@pytest.mark.parametrize("smuggled", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("field", SEARCHED_TEXT)
def test_anybody_s_card_number_is_refused_where_people_write(field: str, smuggled: str) -> None:
    event = payment_json(credit_card=ANOTHER, **{field: smuggled})
    assert rejection(event) == (Reason.CARD_DATA_IN_FIELD, field)


@pytest.mark.parametrize("field", sorted({*STORED_TEXT} - {*SEARCHED_TEXT}))
def test_an_id_may_look_like_another_card(field: str) -> None:
    assert parse_payment(payment_json(credit_card=ANOTHER, **{field: CARD}))


def test_a_person_who_asks_may_paste_a_number_as_it_comes() -> None:
    event = decode_event(payment_json(credit_card="4111.1111 / 1111\u200b1111"))
    assert judge(with_pasted_card(event)).card_digits == CARD
    kept = decode_event(payment_json(credit_card="4111x"))
    assert with_pasted_card(kept) == kept


def test_a_part_of_the_card_number_in_another_field_is_no_card_number() -> None:
    assert parse_payment(payment_json(device_id="x1111", merchant_id=CARD[:-1], region="4111", user_email="1111"))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"", Reason.NOT_JSON, id="empty"),
        pytest.param(b"hello", Reason.NOT_JSON, id="text"),
        pytest.param(b'{"transaction_id": "T', Reason.NOT_JSON, id="cut off"),
        pytest.param(payment_json() + b"{}", Reason.NOT_JSON, id="two documents"),
        pytest.param(b"\xff\xfe\x00", Reason.NOT_JSON, id="bytes"),
        pytest.param(b"\xef\xbb\xbf" + payment_json(), Reason.NOT_JSON, id="byte order mark"),
        pytest.param(payment_json().replace(b"device-", b"\xff"), Reason.NOT_JSON, id="not UTF-8"),
        pytest.param(payment_json().replace(b"device-", rb"\ud800"), Reason.NOT_JSON, id="half a surrogate pair"),
        pytest.param(b"null", Reason.INVALID_FIELD, id="null"),
        pytest.param(b"[]", Reason.INVALID_FIELD, id="array"),
        pytest.param(b'"text"', Reason.INVALID_FIELD, id="string"),
        pytest.param(b"[" * 8_000, Reason.INVALID_FIELD, id="open brackets"),
        pytest.param(b'{"a":' * 3_000 + b"1" + b"}" * 3_000, Reason.TOO_LARGE, id="deep and too large"),
        pytest.param(b'{"a":' * 2_000 + b"1" + b"}" * 2_000, Reason.NOT_JSON, id="deep"),
    ],
)
def test_what_is_no_event(value: bytes, reason: Reason) -> None:
    assert rejection(value) == (reason, None)


def test_deep_nesting_in_an_ignored_field_is_no_event() -> None:
    value = payment_json().replace(b"{", b'{"x":' + b"[" * 5_000 + b"]" * 5_000 + b",", 1)
    assert rejection(value) == (Reason.NOT_JSON, None)


def test_an_event_may_have_16_kb_and_no_byte_more() -> None:
    padding = MAX_EVENT_BYTES - len(payment_json(padding=""))
    assert MAX_EVENT_BYTES == 16_384
    assert parse_payment(payment_json(padding="x" * padding))
    assert rejection(payment_json(padding="x" * (padding + 1))) == (Reason.TOO_LARGE, None)


def test_the_event_accepted_is_plain_json() -> None:
    assert parse_payment(json.dumps(payment_event(amount=12.5), indent=2).encode()) == parse_payment(
        payment_json(amount=Decimal("12.5"))
    )
