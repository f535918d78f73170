import json
from dataclasses import replace

import numpy as np

from simulator.messages.payments import Payments
from simulator.moments import SECOND

TWO = Payments(
    transaction_id=np.array([b"TXN_1", b"TXN_22"]),
    event_time=np.array([1_795_338_000 * SECOND, 1_795_338_000 * SECOND + 1]),
    amount=np.array([b"1.00", b"450"]),
    currency=np.array([b"USD", b"JPY"]),
    credit_card=np.array([b"4111-1111-1111-1111", b"378282246310005"]),
    cvv=np.array([b"123", b"1234"]),
    card_expiry=np.array([b"12/29", b"01/30"]),
    sender_account_id=np.array([b"ACC_1", b"ACC_22"]),
    receiver_account_id=np.array([b"ACQ_1", b"ACQ_2"]),
    region=np.array([b"US", b"JP"]),
    device_id=np.array([b"DEV_1", b"DEV_2"]),
    ip_address=np.array([b"198.18.0.1", b"2001:db8:1::1"]),
    merchant_id=np.array([b"MER_1", b"MER_2"]),
    merchant_category=np.array([b"5814", b"5812"]),
    user_email=np.array([b"", b"ann@example.com"]),
    status=np.array([b"PENDING", b"APPROVED"]),
)


def test_an_event_is_compact_json_in_the_order_of_the_contract() -> None:
    assert TWO.values()[0] == (
        b'{"transaction_id":"TXN_1","event_time":"2026-11-22T09:00:00.000000Z","amount":1.00,"currency":"USD",'
        b'"credit_card":"4111-1111-1111-1111","cvv":"123","card_expiry":"12/29","sender_account_id":"ACC_1",'
        b'"receiver_account_id":"ACQ_1","region":"US","device_id":"DEV_1","ip_address":"198.18.0.1",'
        b'"merchant_id":"MER_1","merchant_category":"5814","status":"PENDING"}'
    )


def test_an_event_with_an_address_has_it_before_the_status() -> None:
    event = json.loads(TWO.values()[1])
    assert list(event)[-2:] == ["user_email", "status"]
    assert event["user_email"] == "ann@example.com"
    assert event["event_time"] == "2026-11-22T09:00:00.000001Z"


def test_keys_are_the_senders() -> None:
    assert TWO.keys() == [b"ACC_1", b"ACC_22"]


def test_a_block_may_have_no_address_at_all() -> None:
    without = replace(TWO, user_email=np.array([b"", b""]))
    assert not any("user_email" in json.loads(value) for value in without.values())
