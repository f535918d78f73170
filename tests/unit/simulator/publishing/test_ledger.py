import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Message

from fraud.payments.disposition import Disposition
from simulator.messages.truth import CODE_OF, Fault, Label, Truth
from simulator.moments import micros
from simulator.publishing.ledger import Ledger, disposition_of, entry_of
from tests.unit.simulator.messages.test_payments import TWO

APPENDED = datetime.fromisoformat("2026-11-22T09:00:02.000Z")
PAYMENT = Truth(Label.NORMAL)


def message(value: bytes | None, key: bytes | None = b"ACC_1", appended: datetime = APPENDED) -> Message:
    timestamp = (TIMESTAMP_LOG_APPEND_TIME, micros(appended) // 1000)
    return Message(topic="payment-events", partition=3, offset=42, key=key, value=value, timestamp=timestamp)


@pytest.mark.parametrize(
    ("ahead", "resent", "disposition"),
    [
        (timedelta(0), False, Disposition.ACCEPTED),
        (timedelta(0), True, Disposition.DUPLICATE),
        (timedelta(minutes=5), False, Disposition.ACCEPTED),
        (timedelta(minutes=5, microseconds=1), False, Disposition.REJECTED),
        (timedelta(minutes=5, microseconds=1), True, Disposition.REJECTED),
        (timedelta(hours=-1), False, Disposition.ACCEPTED),
        (timedelta(hours=-1, microseconds=-1), False, Disposition.LATE),
        (timedelta(hours=-1, microseconds=-1), True, Disposition.LATE),
    ],
)
def test_the_disposition_follows_from_the_append_time(ahead: timedelta, resent: bool, disposition: Disposition) -> None:
    assert disposition_of(PAYMENT._replace(resent=resent), APPENDED + ahead, APPENDED) == disposition


def test_an_accepted_payment_is_told_exactly() -> None:
    file = BytesIO()
    Ledger(file).delivered(CODE_OF[Truth(Label.CARD_TESTING)], message(TWO.values()[0]))
    assert json.loads(file.getvalue()) == {
        "topic": "payment-events",
        "partition": 3,
        "offset": 42,
        "transaction_id": "TXN_1",
        "disposition": "ACCEPTED",
        "kind": None,
        "label": "card-testing",
        "amount": "1.00",
        "currency": "USD",
        "sender_account_id": "ACC_1",
        "status": "PENDING",
    }
    assert file.getvalue().endswith(b"}\n")


def test_a_clock_that_runs_ahead_is_a_kind_of_malformation() -> None:
    entry = entry_of(
        Truth(Label.NORMAL, Fault.FUTURE_CLOCK), message(TWO.values()[0], appended=APPENDED.replace(day=1))
    )
    assert (entry.disposition, entry.kind) == (Disposition.REJECTED, Fault.FUTURE_CLOCK)


@pytest.mark.parametrize(
    ("fault", "value", "transaction_id"),
    [
        (Fault.LUHN_FAILURE, TWO.values()[0], "TXN_1"),
        (Fault.NOT_A_NUMBER, TWO.values()[0].replace(b"1.00", b"NaN"), "TXN_1"),
        (Fault.BAD_JSON, TWO.values()[0][:99], None),
        (Fault.NOT_UTF8, TWO.values()[0].replace(b"DEV", b"\xff"), None),
        (Fault.MISSING_FIELD, b"{}", None),
        (Fault.MISSING_FIELD, b'{"transaction_id":7}', None),
        (Fault.NOT_AN_OBJECT, b"[1]", None),
        (Fault.EMPTY_VALUE, b"", None),
        (Fault.NULL_VALUE, None, None),
    ],
)
def test_a_malformed_message_is_rejected_with_what_it_tells(
    fault: Fault, value: bytes | None, transaction_id: str | None
) -> None:
    entry = entry_of(Truth(Label.NORMAL, fault), message(value))
    assert (entry.disposition, entry.kind, entry.transaction_id) == (Disposition.REJECTED, fault, transaction_id)
    assert (entry.amount, entry.currency, entry.sender_account_id) == (None, None, "ACC_1")


def test_a_message_without_a_key_has_no_sender() -> None:
    garbage = message(b"\xff" * 200_000, key=None)
    assert entry_of(Truth(Label.NORMAL, Fault.OVERSIZED_GARBAGE), garbage).sender_account_id is None


def test_a_ledger_sums_up_what_was_accepted() -> None:
    ledger = Ledger(BytesIO())
    for truth in (PAYMENT, PAYMENT, PAYMENT._replace(resent=True), Truth(Label.NORMAL, Fault.LUHN_FAILURE)):
        for value in TWO.values():
            ledger.delivered(CODE_OF[truth], message(value))
    assert ledger.dispositions == {Disposition.ACCEPTED: 4, Disposition.DUPLICATE: 2, Disposition.REJECTED: 2}
    assert ledger.accepted == {"USD": Decimal("2.00"), "JPY": Decimal(900)}


def test_a_ledger_holds_no_card_data() -> None:
    file = BytesIO()
    ledger = Ledger(file)
    for fault in Fault:
        for value in TWO.values():
            ledger.delivered(CODE_OF[Truth(Label.NORMAL, fault)], message(value))
    for secret in (b"4111", b"1111", b"378282246310005", b"12/29", b'"123"', b"1234"):
        assert secret not in file.getvalue()
