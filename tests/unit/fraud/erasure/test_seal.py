"""What a chain of hashes alone does not tell: that somebody dropped a receipt and computed all later hashes anew."""

import msgspec
import pytest

from fraud.erasure.receipt import Head, Receipt, chain_breaks, receipt_hash
from fraud.erasure.seal import Issued, Seal, Sealed, log_breaks, seal_breaks, sealed
from fraud.masking.key import KeyRing
from tests.unit.fraud.erasure.test_receipt import chain

RING = KeyRing({"1": "2:" + "ab" * 32, "2": "2:" + "cd" * 32})
STRANGER = KeyRing({"2": "2:" + "ef" * 32})


def sealed_chain(length: int = 4) -> tuple[list[Sealed], Head]:
    receipts, head = chain(length)
    return [(receipt, sealed(receipt, RING.newest)) for receipt in receipts], head


def without_the_second(sealed_receipts: list[Sealed]) -> tuple[list[Sealed], Head]:
    """Drop a receipt, and number and hash all later ones anew, as whoever may write to Firestore can."""
    forged, before = [], Head()
    for receipt, seal in (sealed_receipts[0], *sealed_receipts[2:]):
        moved = msgspec.structs.replace(receipt, sequence=before.sequence + 1, previous_hash=before.hash)
        anew = msgspec.structs.replace(moved, hash=receipt_hash(moved))
        forged.append((anew, seal))
        before = Head(anew.sequence, anew.hash)
    return forged, before


def hashes(found: list[Sealed], head: Head) -> list[str]:
    return chain_breaks([receipt for receipt, _ in found], head)


def test_seals_vouch_for_a_whole_chain() -> None:
    found, head = sealed_chain()
    assert (hashes(found, head), seal_breaks(found, RING)) == ([], [])
    assert seal_breaks([], RING) == []


def test_a_receipt_that_was_dropped_and_all_later_ones_rehashed_is_seen_by_the_seals_alone() -> None:
    forged, head = without_the_second(sealed_chain()[0])
    assert hashes(forged, head) == []
    assert seal_breaks(forged, RING) == [f"receipt {number} has a seal that is not ours" for number in (2, 3)]


def test_seals_of_a_key_that_is_not_ours_are_none() -> None:
    forged, _ = without_the_second(sealed_chain()[0])
    own = [(receipt, sealed(receipt, STRANGER.newest)) for receipt, _ in forged]
    assert seal_breaks(own, RING) == [f"receipt {number} has a seal that is not ours" for number in (1, 2, 3)]


def test_a_seal_that_was_taken_off_is_missed_but_for_those_of_a_release_without() -> None:
    found, _ = sealed_chain()
    bare: list[Sealed] = [(receipt, None) for receipt, _ in found[:2]]
    assert seal_breaks([*bare, *found[2:]], RING) == ["receipt 1 has no seal", "receipt 2 has no seal"]
    assert seal_breaks([*bare, *found[2:]], RING, unsealed_up_to=2) == []


def test_a_retired_key_leaves_no_gap_as_long_as_the_newest_seal_is_known() -> None:
    receipts, _ = chain(3)
    found: list[Sealed] = [(one, sealed(one, RING.of("1"))) for one in receipts[:2]]
    found.append((receipts[2], sealed(receipts[2], RING.newest)))
    only_new = KeyRing({"2": "2:" + "cd" * 32})
    assert seal_breaks(found, only_new) == []
    assert seal_breaks(found[:2], only_new) == ["the newest seal is of key version 1, which is not known here"]


def test_the_log_is_a_witness_of_what_was_issued() -> None:
    found, _ = sealed_chain(3)
    logged = [Issued(receipt.sequence, receipt.hash) for receipt, _ in found]
    assert log_breaks(found, logged) == []
    assert log_breaks(found[:2], logged) == ["receipt 3 was issued, says the log, and is missing"]
    forged, _ = without_the_second(found)
    assert log_breaks(forged, logged) == [
        "receipt 3 was issued, says the log, and is missing",
        "receipt 2 is not the one that was issued, says the log",
    ]


@pytest.mark.parametrize("mac", ["", "0" * 64])
def test_a_made_up_seal_is_not_ours(mac: str) -> None:
    [(receipt, _)], _ = sealed_chain(1)
    assert seal_breaks([(receipt, Seal("2", mac))], RING) == ["receipt 1 has a seal that is not ours"]


def test_a_seal_is_of_its_place() -> None:
    [(receipt, seal), *_], _ = sealed_chain()
    moved: Receipt = msgspec.structs.replace(receipt, sequence=9)
    assert sealed(moved, RING.newest) != seal
