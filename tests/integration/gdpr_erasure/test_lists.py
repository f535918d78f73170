"""A card on a list, and its subject erased."""

from datetime import UTC, datetime

import pytest

from fraud.lists import COLLECTION, Listing, ListText
from fraud_service.lists.acts import ListActs
from fraud_service.lists.record import COPY, ListCopy, lists_of
from fraud_service.subjects.cards import BLOCK_LIFE
from fraud_stream.standing import StandingLists
from fraud_stream.standing import _client as standing_client
from tests.integration.gdpr_erasure.conftest import Call, Completed
from tests.integration.gdpr_erasure.estate import Estate, card_number
from tests.integration.gdpr_erasure.test_gdpr_erasure import ask


@pytest.mark.parametrize("listing", Listing)
def test_an_entry_about_the_card_goes_but_for_a_bare_block(
    estate: Estate, call: Call, completed: Completed, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = card_number()
    token = estate.token(card)
    acts = ListActs(lists_of(estate.documents), ListCopy(estate.redis))
    text = ListText(listing=listing, reason="her brother says so")
    acts.put("card", token, text, "jo")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", estate.stack.environment["FIRESTORE_EMULATOR_HOST"])
    standing_client.cache_clear()
    ticks = iter(range(0, 100, 10))
    standing = StandingLists(estate.documents.project, ticks.__next__)
    assert (standing() or (0, {}))[1][f"card:{token}"].listing is listing
    estate.pay(token, estate.append(1))
    estate.settle()

    receipt = completed(ask(call, credit_card=card))["receipt"]

    found = {one["store"]: (one["found"], one["erased"]) for one in receipt["stores"] if one["found"]}
    assert found["firestore.lists"] == (1, 1)
    reference = estate.documents.collection(COLLECTION).document(f"card:{token}")
    held = reference.get().to_dict()
    kept = {one["store"] for one in receipt["kept"]}
    assert ("firestore.lists" in kept) is (listing is Listing.BLOCK)
    assert not list(reference.collection("versions").stream())
    assert not estate.redis.exists(COPY), "the copy is made anew"
    entries = (standing() or (0, {}))[1]
    if listing is Listing.ALLOW:
        assert held is None
        assert f"card:{token}" not in entries
    else:
        assert held
        assert (held["reason"], held["author"]) == ("fraud prevention", "erasure")
        assert held["expires_at"] <= datetime.now(UTC) + BLOCK_LIFE
        assert entries[f"card:{token}"].reason == "fraud prevention"
