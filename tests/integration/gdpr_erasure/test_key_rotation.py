"""A new key version while the function runs: a card's rows under both versions are found and erased."""

import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from fraud.card_action import Action
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


def test_a_card_is_found_and_erased_across_key_versions(
    estate: Estate, call: Call, completed: Completed, keys: Path
) -> None:
    card = card_number()
    old, last = estate.token(card), estate.append(2)
    estate.pay(old, last - 1)
    estate.act(old, Action.BLOCK_CARD)
    replace(keys, json.dumps(json.loads(keys.read_text()) | {"9": token_hex(32)}))
    new = estate.token(card)
    estate.pay(new, last)
    estate.settle()

    receipt = completed(str(call("POST", "/erasure", {"credit_card": card})[1]["request_id"]))["receipt"]

    assert new != old
    assert receipt["key_versions"][0] == "9"
    assert [estate.rows_left(token) for token in (old, new)] == [dict.fromkeys(BY_CARD, 0)] * 2
    assert {one["store"]: one["found"] for one in receipt["stores"]}["bigquery.payment_transactions"] == 2
    assert estate.documents_left(old) == {f"cards/{old}"}
