"""Firestore's record of alerts, falsified: two alerts of noon are recorded, and the check looks half an hour later."""

from datetime import timedelta
from threading import Timer

import pytest

from reconciliation import alert_record
from tests.builders import NOON
from tests.integration.reconciliation.conftest import SECOND_BATCH_MIN, Books

AT_ONCE = ("--settle-seconds", "0")
BEFORE_IT = NOON + timedelta(minutes=SECOND_BATCH_MIN - 1)
DURING_IT = NOON + timedelta(minutes=SECOND_BATCH_MIN + 1)


def test_alerts_of_one_moment_agree_over_pages(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_record, "PAGE", 1)
    result = books.verify(*AT_ONCE)
    assert "2 alerts of the last hour" in result.output
    assert "Not looked at" not in result.output
    assert result.exit_code == 0, result.output


def test_an_alert_that_was_never_recorded_is_missed(books: Books) -> None:
    books.forget("TXN_4")
    result = books.verify(*AT_ONCE)
    assert "alerts in Firestore: 1/1 Firestore does not hold TXN_4" in result.output
    assert "TXN_1" not in result.output
    assert result.exit_code == 1


def test_an_alert_that_another_message_stood_for_need_not_be_recorded(books: Books) -> None:
    books.change("update payment_transactions_fraud set velocity_60s = 101 where transaction_id = 'TXN_4'")
    books.forget("TXN_4")
    result = books.verify(*AT_ONCE)
    assert result.exit_code == 0, result.output


def test_an_alert_under_way_is_waited_for(books: Books) -> None:
    books.forget("TXN_4")
    arrival = Timer(1.0, books.record, ["TXN_4"])
    arrival.start()
    result = books.verify()
    arrival.join()
    assert result.exit_code == 0, result.output


def test_a_record_of_no_alert_is_named(books: Books) -> None:
    books.record("TXN_0", BEFORE_IT)
    result = books.verify(*AT_ONCE)
    assert "Firestore holds TXN_0, which is no alert in the dataset" in result.output
    assert result.exit_code == 1


def test_a_record_of_another_event_time_is_named(books: Books) -> None:
    books.forget("TXN_1")
    books.record("TXN_1", event_time=NOON + timedelta(seconds=1))
    result = books.verify(*AT_ONCE)
    assert "0/1 Firestore has another event time for TXN_1" in result.output
    assert result.exit_code == 1


def test_an_alert_of_the_batch_in_flight_may_be_recorded_or_not(books: Books) -> None:
    books.record("TXN_6", DURING_IT)
    books.change("update payment_transactions_fraud set is_velocity_fraud = true where transaction_id = 'TXN_5'")
    result = books.verify(*AT_ONCE)
    assert result.exit_code == 0, result.output


def test_an_erasure_that_has_reached_firestore_only_is_no_difference(books: Books) -> None:
    books.change("update pii_masking_audit set erasure_requested = true where transaction_id = 'TXN_4'")
    books.forget("TXN_4")
    result = books.verify(*AT_ONCE)
    assert result.exit_code == 0, result.output


def test_an_erasure_that_has_reached_the_dataset_only_is_no_difference(books: Books) -> None:
    books.change(
        "update pii_masking_audit set erasure_requested = true, erasure_timestamp = masking_timestamp "
        "where transaction_id = 'TXN_4'"
    )
    for table in ("payment_transactions", "payment_transactions_fraud", "fraud_velocity_alerts"):
        books.change(f"delete from {table} where transaction_id = 'TXN_4'")
    books.redis.flushdb()
    result = books.verify(*AT_ONCE, "--redis-lost-data")
    assert result.exit_code == 0, result.output


def test_a_record_that_is_not_kept_is_said_not_to_be_proved(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.forget("TXN_4")
    left_out = books.verify(*AT_ONCE, "--without-firestore")
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST")
    not_there = books.verify(*AT_ONCE)
    assert "left out (--without-firestore)" in left_out.output
    assert "there is no FIRESTORE_EMULATOR_HOST" in not_there.output
    for result in (left_out, not_there):
        assert "Not looked at, and not proved: alerts in Firestore." in result.output
        assert result.exit_code == 0, result.output


def test_a_record_out_of_reach_proves_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setattr(alert_record, "TIMEOUT_S", 0.5)
    result = books.verify(*AT_ONCE)
    assert "Firestore: " in result.output
    assert result.exit_code == 2
