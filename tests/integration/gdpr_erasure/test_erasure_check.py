"""The two checks, run as an operator runs them."""

import json
import os
import subprocess
import sys

import msgspec

from fraud.erasure.receipt import Receipt, receipt_hash
from fraud_service.stores.documents import from_document, to_document
from infra.local.machine.workspace import REPOSITORY
from tests.integration.gdpr_erasure.conftest import Call, Completed
from tests.integration.gdpr_erasure.estate import Estate, card_number


def check(estate: Estate, what: str, body: object = None, *options: str) -> tuple[int, str]:
    """Run a check; return its exit code and what it says."""
    keys = {"PII_HMAC_KEYS_FILE": str(estate.stack.workspace.hmac_keys_file)}
    environment = os.environ | estate.stack.environment | keys | {"PYTHONPATH": str(REPOSITORY / "functions")}
    command = [sys.executable, "-m", "fraud_service.erasure.check", what, *options]
    finished = subprocess.run(  # noqa: S603  our own module
        command, env=environment, input=json.dumps(body), capture_output=True, text=True, check=False, timeout=120
    )
    return finished.returncode, finished.stdout


def test_a_subject_is_found_before_its_erasure_and_nowhere_after(
    estate: Estate, call: Call, completed: Completed
) -> None:
    card, last = card_number(), estate.append(1)
    estate.pay(estate.token(card), last)
    estate.settle()
    code, told = check(estate, "subject", {"credit_card": card})
    assert code == 1
    assert "bigquery.payment_transactions: 1 left" in told
    assert "bigquery.pii_masking_audit: 1 left" in told

    completed(str(call("POST", "/erasure", {"credit_card": card})[1]["request_id"]))

    assert check(estate, "subject", {"credit_card": card}) == (0, "nothing found\n")


def test_a_receipt_that_was_dropped_and_the_chain_rehashed_is_noticed(
    estate: Estate, call: Call, completed: Completed
) -> None:
    estate.settle()
    numbers = [
        completed(str(call("POST", "/erasure", {"credit_card": card_number()})[1]["request_id"]))["receipt"]["sequence"]
        for _ in range(2)
    ]
    log = str(estate.stack.workspace.log("gdpr_erasure"))
    assert check(estate, "receipts", None, "--log", log) == (0, "nothing found\n")
    receipts = estate.documents.collection("erasure_receipts")
    dropped, last = (receipts.document(f"{number:012d}") for number in numbers)
    head = estate.documents.document("erasure_chain/head")
    kept, following = dropped.get().to_dict(), last.get().to_dict()
    assert kept
    assert following
    newest = head.get().to_dict()
    receipt = from_document(following, Receipt)
    forged = msgspec.structs.replace(receipt, sequence=numbers[0], previous_hash=kept["previous_hash"])
    forged = msgspec.structs.replace(forged, hash=receipt_hash(forged))
    last.delete()
    dropped.set(to_document(forged) | {"seal": following["seal"]})
    head.set({"sequence": forged.sequence, "hash": forged.hash})
    try:
        code, told = check(estate, "receipts", None, "--log", log)
    finally:
        dropped.set(kept)
        last.set(following)
        head.set(newest or {})
    assert (code, told.splitlines()) == (
        1,
        [
            f"receipt {numbers[0]} has a seal that is not ours",
            f"receipt {numbers[1]} was issued, says the log, and is missing",
            f"receipt {numbers[0]} is not the one that was issued, says the log",
        ],
    )


def test_a_receipt_that_was_altered_is_noticed(estate: Estate, call: Call, completed: Completed) -> None:
    estate.settle()
    receipt = completed(str(call("POST", "/erasure", {"credit_card": card_number()})[1]["request_id"]))["receipt"]
    assert check(estate, "receipts") == (0, "nothing found\n")
    stored = estate.documents.collection("erasure_receipts").document(f"{receipt['sequence']:012d}")
    stored.update({"requested_by": "somebody else"})
    try:
        code, told = check(estate, "receipts")
    finally:
        stored.update({"requested_by": receipt["requested_by"]})
    assert (code, told) == (1, f"receipt {receipt['sequence']} has been altered\n")


def test_what_names_no_subject_is_told_without_its_value(estate: Estate) -> None:
    assert check(estate, "subject", {"credit_card": "4111111111111112"}) == (1, "not a card number\n")
