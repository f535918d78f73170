from datetime import datetime
from decimal import Decimal

import msgspec
import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.api_core.exceptions import Aborted, ServiceUnavailable
from hypothesis import given
from hypothesis import strategies as st

from fraud.errors import RetryableError
from fraud_service.stores.documents import document_id, from_document, reaching_firestore, to_document
from tests.builders import NOON


class Kept(msgspec.Struct):
    at: datetime
    amount: Decimal
    moments: list[datetime] = []
    by_name: dict[str, datetime] = {}


def test_times_stay_times_and_amounts_become_exact_text() -> None:
    kept = Kept(NOON, Decimal("5000.10"), [NOON], {"a": NOON})
    assert to_document(kept) == {"at": NOON, "amount": "5000.10", "moments": [NOON], "by_name": {"a": NOON}}


def test_a_document_is_read_back_with_firestores_own_times() -> None:
    moment = DatetimeWithNanoseconds.from_rfc3339("2026-03-01T12:00:00.123456Z")
    plain = NOON.replace(microsecond=123456)
    document = {"at": moment, "amount": "5000.10", "moments": [moment], "by_name": {"a": moment}, "unknown": 1}
    kept = from_document(document, Kept)
    assert kept == Kept(plain, Decimal("5000.10"), [plain], {"a": plain})
    assert type(kept.at) is datetime


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("TXN_1", "TXN_1"),
        ("a/b%", "a%2Fb%25"),
        (".", "%2E"),
        ("..", "%2E."),
        ("__x__", "%5F_x__"),
        ("__x", "__x"),
    ],
)
def test_a_key_is_made_a_name_that_firestore_allows(key: str, name: str) -> None:
    assert document_id(key) == name


@given(st.lists(st.text("._/%2EF5x", min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_two_keys_never_share_a_name(keys: list[str]) -> None:
    assert document_id(keys[0]) != document_id(keys[1])


def test_a_firestore_out_of_reach_is_to_be_tried_again() -> None:
    with pytest.raises(RetryableError, match="Firestore does not answer: ServiceUnavailable"), reaching_firestore():
        raise ServiceUnavailable("address and all")


def test_a_transaction_that_others_kept_from_ending_is_to_be_tried_again() -> None:
    with pytest.raises(RetryableError), reaching_firestore():
        raise ValueError("Failed to commit transaction in 5 attempts.") from Aborted("contention")


def test_a_fault_of_our_own_is_not_mistaken_for_that() -> None:
    with pytest.raises(ValueError, match="ours"), reaching_firestore():
        raise ValueError("ours")
