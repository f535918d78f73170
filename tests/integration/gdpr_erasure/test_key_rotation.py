"""A new key version while the function runs: a card's rows under both versions are found and erased."""

import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from fraud.cards import Action
from tests.integration.gdpr_erasure.conftest import Call, Completed
from tests.integration.gdpr_erasure.estate import BY_CARD, Estate, card_number


def replace(file: Path, document: str) -> None:
    fresh = file.with_suffix(".next")
    fresh.write_text(document)
    fresh.replace(file)


@pytest.fixture
def keys(estate: Estate) -> Iterator[Path]:
    """The stack's keys, as they were afterwards."""
    file = estate.stack.workspace.hmac_keys_file
    before = file.read_text()
    yield file
    replace(file, before)


def rotate(keys: Path) -> None:
    """Add a key version, which masks from now on."""
    held = json.loads(keys.read_text())
    replace(keys, json.dumps(held | {str(max(map(int, held)) + 8): token_hex(32)}))


def paid_over_a_rotation(estate: Estate, keys: Path) -> tuple[str, str, str]:
    """Have a card pay and be blocked, and pay again under a new key version; return it, its old and its new token."""
    card = card_number()
    old, last = estate.token(card), estate.append(2)
    estate.pay(old, last - 1)
    estate.act(old, Action.BLOCK_CARD)
    rotate(keys)
    new = estate.token(card)
    estate.pay(new, last)
    estate.settle()
    return card, old, new


def test_a_new_token_alone_reaches_what_carries_it(
    estate: Estate, call: Call, completed: Completed, keys: Path
) -> None:
    _, old, new = paid_over_a_rotation(estate, keys)

    receipt = completed(str(call("POST", "/erasure", {"card_token": new})[1]["request_id"]))["receipt"]

    assert receipt["key_versions"] == []
    assert estate.rows_left(new) == dict.fromkeys(BY_CARD, 0)
    assert estate.rows_left(old) == dict.fromkeys(BY_CARD, 1) | {"payment_late_events": 0}
    kept = estate.documents.collection("cards").document(old).get().to_dict() or {}
    assert (kept["action"], kept["source"]) == ("BLOCK_CARD", "rule:block@1")


def test_a_card_is_found_and_erased_across_key_versions(
    estate: Estate, call: Call, completed: Completed, keys: Path
) -> None:
    card, old, new = paid_over_a_rotation(estate, keys)

    receipt = completed(str(call("POST", "/erasure", {"credit_card": card})[1]["request_id"]))["receipt"]

    assert new != old
    assert receipt["key_versions"][0] == "9"
    assert [estate.rows_left(token) for token in (old, new)] == [dict.fromkeys(BY_CARD, 0)] * 2
    assert {one["store"]: one["found"] for one in receipt["stores"]}["bigquery.payment_transactions"] == 2
    assert estate.documents_left(old) == {f"cards/{old}"}
