"""A new key version while payments come in: nothing is lost or counted twice, and a card stays the card it was."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from google.cloud import firestore
from tenacity import Retrying, stop_after_delay, wait_fixed

from fraud.masking.card import card_tokens
from fraud.masking.source import KeySource
from infra.local.machine.workspace import REPOSITORY
from simulator.publishing.ledger import Entry
from tests.builders import rfc3339
from tests.e2e.cardholder import BY_CARD, Cardholder, call, ids
from tests.e2e.conftest import System

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1200)]

TRAFFIC = "--rate 20 --duration 120 --seed 23 --duplicates 0.1 --late 0.01 --malformed 0.02"
NEW = "9"


@dataclass(frozen=True)
class Rotation:
    """A card that was blocked under the old key, and what came before and after the change."""

    holder: Cardholder
    documents: firestore.Client
    old: str
    new: str
    before: list[dict[str, object]]
    after: list[dict[str, object]]
    traffic: list[Entry]

    def action(self, token: str) -> object:
        """Return what is in force for a card's token."""
        return (self.documents.document(f"cards/{token}").get().to_dict() or {}).get("action")

    def authorized(self) -> dict[str, Any]:
        """Return what a gateway is told of a further payment of the card, at another account."""
        asked = {
            "transaction_id": f"TXN_{token_hex(6)}",
            "sender_account_id": f"ACC_{token_hex(4)}",
            "event_time": rfc3339(datetime.now(UTC)),
            "status": "PENDING",
        }
        return call(self.holder.system, "AUTHORIZE_URL", "POST", "/authorize", self.after[0] | asked)


def tokens(keys: Path, card: str) -> dict[str, str]:
    """Return a card's token under each version of a file's keys."""
    return dict(card_tokens(KeySource(pii_hmac_keys_file=keys).key_ring(Path.read_bytes), card))


def rotate(keys: Path) -> None:
    """Add a version to the document, as an operator does."""
    fresh = keys.with_suffix(".next")
    fresh.write_text(json.dumps(json.loads(keys.read_text()) | {NEW: token_hex(32)}))
    fresh.chmod(0o600)
    fresh.replace(keys)


def await_block(documents: firestore.Client, token: str) -> None:
    for attempt in Retrying(stop=stop_after_delay(240), wait=wait_fixed(0.3), reraise=True):
        with attempt:
            assert (documents.document(f"cards/{token}").get().to_dict() or {}).get("action") == "BLOCK_CARD"


def positions(system: System) -> int:
    """Return how many Kafka positions have been settled."""
    return int(system.query("select count(*) as settled from pii_masking_audit")[0]["settled"])


def await_positions(system: System, number: int) -> None:
    for attempt in Retrying(stop=stop_after_delay(120), wait=wait_fixed(0.3), reraise=True):
        with attempt:
            assert positions(system) >= number


@pytest.fixture(scope="module")
def rotation(
    system: System, entries: Callable[[Path], list[Entry]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rotation]:
    folder, keys = tmp_path_factory.mktemp("rotation"), system.stack.workspace.hmac_keys_file
    holder, ledger = Cardholder(system, folder), folder / "ledger.ndjson"
    [old] = tokens(keys, holder.card).values()
    documents = firestore.Client(system.stack.environment["GOOGLE_CLOUD_PROJECT"])
    settled = positions(system)
    command = [sys.executable, "-m", "simulator", *TRAFFIC.split(), "--ledger", str(ledger)]
    with subprocess.Popen(command, env=os.environ | system.stack.environment, cwd=REPOSITORY) as traffic:  # noqa: S603
        before = holder.pay(6)
        await_block(documents, old)
        await_positions(system, settled + len(before) + 1)  # the traffic has begun under the old key
        rotate(keys)
        holder.send(before[:3])
        after = holder.pay(6)
        assert traffic.poll() is None, "the key was changed while payments came in"
        assert traffic.wait(240) == 0
    system.await_settled()
    new = tokens(keys, holder.card)[NEW]
    yield Rotation(holder, documents, old, new, before, after, entries(ledger))
    documents.close()


def test_no_event_is_lost_and_none_counted_twice(rotation: Rotation) -> None:
    rows = rotation.holder.system.query(
        "select kafka_partition, kafka_offset, disposition, pii_key_version from pii_masking_audit"
    )
    stored = {(row["kafka_partition"], row["kafka_offset"]): row for row in rows}
    assert len(stored) == len(rows)
    foretold = {(entry.partition, entry.offset): entry.disposition for entry in rotation.traffic}
    assert {position: stored[position]["disposition"] for position in foretold} == foretold
    assert {"ACCEPTED", "DUPLICATE"} <= set(foretold.values())
    assert {stored[position]["pii_key_version"] for position in foretold} >= {"1", NEW}


def test_a_payment_sent_again_under_the_new_key_is_a_duplicate(rotation: Rotation) -> None:
    rows = rotation.holder.audited(ids(rotation.before[:3]))
    seen = sorted((row["disposition"], row["pii_key_version"], row["card_token"]) for row in rows)
    assert seen == [("ACCEPTED", "1", rotation.old)] * 3 + [("DUPLICATE", NEW, rotation.new)] * 3


def test_a_card_blocked_before_is_blocked_after(rotation: Rotation) -> None:
    assert rotation.action(rotation.old) == "BLOCK_CARD"
    answer = rotation.authorized()
    assert (answer["decision"], answer["reasons"][0]) == ("DECLINED", "CARD_BLOCKED")


def test_rules_act_on_the_card_under_its_new_token(rotation: Rotation) -> None:
    await_block(rotation.documents, rotation.new)


def test_a_token_reaches_its_own_version_and_the_number_reaches_all(rotation: Rotation) -> None:
    holder = rotation.holder
    of_old = holder.found_by(holder.ask(card_token=rotation.old))
    assert of_old["bigquery.payment_transactions"] == len(rotation.before)
    assert holder.stored()["payment_transactions"] == ids(rotation.after)

    of_all = holder.found_by(holder.ask())

    assert of_all["bigquery.payment_transactions"] == len(rotation.after)
    assert holder.stored() == {table: set() for table in BY_CARD}
    audited = holder.audited(ids(rotation.before) | ids(rotation.after))
    assert all(row["erasure_requested"] and row["user_email"] is None for row in audited)
    assert {rotation.action(rotation.old), rotation.action(rotation.new)} == {"BLOCK_CARD"}
    assert rotation.authorized()["decision"] == "DECLINED"
