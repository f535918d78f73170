"""What a receipt says, and that no receipt can be changed or taken out unnoticed."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from fraud.erasure.receipt import Head, Receipt, Retention, chain_breaks, issued, receipt_hash
from fraud.erasure.request import accepted, counted, marked
from fraud.subjects.subject import Subject
from tests.builders import NOON

RETENTION = Retention(timedelta(hours=25), timedelta(hours=48), timedelta(days=7), timedelta(days=7))
LATER = NOON + timedelta(minutes=1)


def receipt(head: Head, number: int = 1, retention: Retention = RETENTION) -> Receipt:
    subject = Subject("credit_card", card_tokens=["t" * 64], key_versions=["2", "1"])
    begun = marked(accepted(f"{number:032x}", subject, "dpo@example.org", NOON), "run", {"0": 10}, {"0": 4}, NOON)
    found = counted(begun, {"a": 2, "b": 0}, {}, is_empty=False)
    return issued(msgspec.structs.replace(found, kept={"firestore.cards": LATER}), head, retention, LATER)


def chain(length: int) -> tuple[list[Receipt], Head]:
    receipts, head = [], Head()
    for number in range(length):
        receipts.append(receipt(head, number))
        head = Head(receipts[-1].sequence, receipts[-1].hash)
    return receipts, head


def test_a_receipt_says_what_was_erased_and_until_when_copies_may_exist() -> None:
    one = receipt(Head())
    assert [(store.store, store.found, store.erased) for store in one.stores] == [("a", 2, 2), ("b", 0, 0)]
    assert (one.sequence, one.previous_hash, one.key_versions) == (1, "0" * 64, ["2", "1"])
    assert one.copies_until.raw_topic == NOON + timedelta(hours=25)
    assert one.copies_until.dead_letters == LATER + timedelta(days=7)
    assert one.copies_until.bigquery_time_travel == LATER + timedelta(hours=48)
    assert one.copies_until.bigquery_fail_safe == LATER + timedelta(days=9)
    assert [(kept.store, kept.until) for kept in one.kept] == [("firestore.cards", LATER)]
    assert "Art. 17(3)" in one.kept[0].legal_ground


def test_a_receipt_holds_no_identifier() -> None:
    assert b"tttt" not in msgspec.json.encode(receipt(Head()))


def test_a_whole_chain_has_no_break() -> None:
    assert chain_breaks(*chain(4)) == []
    assert chain_breaks([], Head()) == []


def altered(receipts: list[Receipt]) -> list[Receipt]:
    changed = msgspec.structs.replace(receipts[1], requested_by="somebody else")
    return [receipts[0], changed, *receipts[2:]]


def rewritten(receipts: list[Receipt]) -> list[Receipt]:
    """Alter a receipt and give it a fitting hash of its own."""
    forged = receipt(Head(1, receipts[0].hash), 99)
    return [receipts[0], forged, *receipts[2:]]


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (altered, "receipt 2 has been altered"),
        (rewritten, "receipt 3 does not follow the one before it"),
        (lambda receipts: receipts[:1] + receipts[2:], "receipt 2 is missing or out of place"),
        (lambda receipts: receipts[1:], "receipt 1 is missing or out of place"),
        (lambda receipts: receipts[:-1], "the chain ends at receipt 3, the record says 4"),
        (lambda receipts: [receipts[1], receipts[0], *receipts[2:]], "receipt 1 is missing or out of place"),
    ],
)
def test_tampering_is_noticed(tamper: Callable[[list[Receipt]], list[Receipt]], found: str) -> None:
    receipts, head = chain(4)
    assert found in chain_breaks(tamper(receipts), head)


def test_a_receipt_read_back_has_the_same_hash() -> None:
    one = receipt(Head())
    again = msgspec.convert(msgspec.to_builtins(one), Receipt)
    assert chain_breaks([again], Head(1, one.hash)) == []


@pytest.mark.parametrize(
    ("raw_topic", "messages", "days"),
    [(timedelta(days=9), timedelta(days=7), 9), (timedelta(days=1), timedelta(days=7), 7)],
)
def test_a_dead_letter_may_lie_as_long_as_topic_or_message_whichever_is_longer(
    raw_topic: timedelta, messages: timedelta, days: int
) -> None:
    kept = Retention(raw_topic, timedelta(hours=48), timedelta(days=7), messages)
    assert receipt(Head(), retention=kept).copies_until.dead_letters == LATER + timedelta(days=days)


def test_the_hash_does_not_depend_on_the_order_in_which_partitions_were_written_down() -> None:
    one = msgspec.structs.replace(receipt(Head()), erased_below={"0": 10, "1": 4})
    other = msgspec.structs.replace(one, erased_below={"1": 4, "0": 10})
    assert receipt_hash(one) == receipt_hash(other)
