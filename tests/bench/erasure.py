"""Measures erasure on the local stack: `python -m tests.bench.erasure` prints one JSON object.

A million payments of 50,000 cards are stored (or as many as `--payments` says, 20 a card); then one card is erased at
a time, then 1,000 at once. The figures of everybody else's rows must be the same before and after, or it fails.
"""

import json
import os
import sys
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, firestore
from tenacity import Retrying, stop_after_delay, wait_fixed

from infra.local.functions.gdpr_erasure import GdprErasure
from infra.local.stack.local_stack import LocalStack

PAYMENTS, A_CARD = 1_000_000, 20
SINGLE, AT_ONCE = 20, 1_000
TABLES = ("payment_transactions", "payment_transactions_fraud", "pii_masking_audit")

FILL = """
insert into payment_transactions (transaction_id, event_time, amount, currency, sender_account_id,
  receiver_account_id, region, device_id, merchant_id, merchant_category, status, credit_card_masked, cvv_masked,
  card_expiry_masked, pii_hash, card_token, pii_key_version, kafka_topic, kafka_partition, kafka_offset,
  kafka_timestamp, ingested_at)
select concat('T', n), current_timestamp(), mod(n, 997) + 1, 'USD', concat('A', mod(n, {cards})), 'B', 'US', 'd', 'm',
  '5812', 'APPROVED', 'XXXX-XXXX-XXXX-1111', 'XXX', '01/XX', to_hex(sha256(concat('h', mod(n, {cards})))),
  to_hex(sha256(concat('c', mod(n, {cards})))), '1', 'loaded', 0, n, current_timestamp(), current_timestamp()
from unnest(generate_array(1, {payments})) as n
"""
SCORED = """
insert into payment_transactions_fraud (transaction_id, event_time, amount, currency, sender_account_id,
  receiver_account_id, region, device_id, merchant_id, merchant_category, status, credit_card_masked, cvv_masked,
  card_expiry_masked, pii_hash, card_token, pii_key_version, kafka_topic, kafka_partition, kafka_offset,
  kafka_timestamp, ingested_at, velocity_60s, velocity_5m, velocity_complete, is_velocity_fraud, amount_usd,
  geographic_risk, device_risk, fraud_score, is_high_risk)
select transaction_id, event_time, amount, currency, sender_account_id, receiver_account_id, region, device_id,
  merchant_id, merchant_category, status, credit_card_masked, cvv_masked, card_expiry_masked, pii_hash, card_token,
  pii_key_version, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, ingested_at, 1, 1, true, false, amount,
  false, false, 0, false
from payment_transactions
"""
AUDITED = """
insert into pii_masking_audit (transaction_id, pii_hash, card_token, pii_key_version, masking_timestamp,
  masking_reason, user_email, erasure_requested, disposition, kafka_topic, kafka_partition, kafka_offset,
  kafka_timestamp)
select transaction_id, pii_hash, card_token, '1', ingested_at, 'PCI-DSS', 'jo@example.org', false, 'ACCEPTED',
  kafka_topic, kafka_partition, kafka_offset, kafka_timestamp
from payment_transactions
"""

Figures = dict[str, Any]


class Bench:
    """A stack with its payments."""

    def __init__(self, stack: LocalStack) -> None:
        function = stack.component("gdpr_erasure")
        assert isinstance(function, GdprErasure)
        self._port = function.port
        project, url = stack.environment["GOOGLE_CLOUD_PROJECT"], stack.environment["BIGQUERY_EMULATOR_HOST"]
        self._requests = firestore.Client(project).collection("erasures")
        self._tables = bigquery.Client(project, AnonymousCredentials(), client_options={"api_endpoint": url})

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        config = bigquery.QueryJobConfig(default_dataset=f"{self._tables.project}.payment_data")
        return [tuple(row.values()) for row in self._tables.query(sql, config).result()]

    def call(self, method: str, path: str, body: object = None) -> Figures:
        """Call the function."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        reply: Figures = json.loads(connection.getresponse().read())
        connection.close()
        return reply

    def ask(self, token: str) -> tuple[str, float]:
        """Ask for an erasure; return its id and the milliseconds until it was accepted."""
        began = perf_counter()
        accepted = self.call("POST", "/erasure", {"card_token": token})
        return accepted["request_id"], (perf_counter() - began) * 1000

    def completed(self, request_id: str) -> Figures:
        """Wait for an erasure's end."""
        for attempt in Retrying(stop=stop_after_delay(900), wait=wait_fixed(0.02), reraise=True):
            with attempt:
                found = self.call("GET", f"/erasure/{request_id}")
                assert found["state"] == "COMPLETED"
        return found

    def gone_s(self, request_id: str) -> float:
        """Return the seconds from the worker's start until every row was gone, as the worker recorded them."""
        held = self._requests.document(request_id).get().to_dict() or {}
        return float((held["erased_at"] - held["started_at"]).total_seconds())

    def others(self, tokens: list[str]) -> list[tuple[Any, ...]]:
        """Return figures of the rows of everybody else."""
        listed = ", ".join(f"'{token}'" for token in tokens)
        selects = [
            f"select count(*), sum(kafka_offset) from {table} where card_token not in ({listed})" for table in TABLES
        ]
        amounts = f"select sum(amount) from payment_transactions where card_token not in ({listed})"
        marked = "select count(*) from pii_masking_audit where not erasure_requested"
        return [
            *(row for sql in [*selects, amounts] for row in self.query(sql)),
            *self.query(f"{marked} and card_token not in ({listed})"),
        ]

    def left(self, tokens: list[str]) -> int:
        """Return how many payment rows of these cards are left."""
        listed = ", ".join(f"'{token}'" for token in tokens)
        return sum(
            self.query(f"select count(*) from {table} where card_token in ({listed})")[0][0] for table in TABLES[:2]
        )


def measure(bench: Bench, payments: int) -> Figures:
    """Fill the tables, erase, and return the figures."""
    cards = payments // A_CARD
    for statement in (FILL.format(cards=cards, payments=payments), SCORED, AUDITED):
        bench.query(statement)
    tokens = [row[0] for row in bench.query("select distinct card_token from payment_transactions")]
    tokens = sorted(tokens)[: SINGLE + AT_ONCE]
    before, load = bench.others(tokens), os.getloadavg()[0]
    figures = _one_by_one(bench, tokens[:SINGLE]) | _at_once(bench, tokens[SINGLE:])
    assert bench.left(tokens) == 0
    assert bench.others(tokens) == before
    loads = {"load_before": round(load, 1), "load_after": round(os.getloadavg()[0], 1)}
    return {"payments": payments, "cards": cards, **figures, "others_unchanged": True, **loads}


def _one_by_one(bench: Bench, tokens: list[str]) -> Figures:
    accepts, gone, receipts = [], [], []
    for token in tokens:
        request_id, milliseconds = bench.ask(token)
        done = bench.completed(request_id)
        accepts.append(milliseconds)
        gone.append(bench.gone_s(request_id))
        receipts.append(_seconds(done))
    return {
        "one_accepted_ms_p50": round(median(accepts), 1),
        "one_accepted_ms_max": round(max(accepts), 1),
        "one_start_to_rows_gone_s_p50": round(median(gone), 2),
        "one_start_to_rows_gone_s_max": round(max(gone), 2),
        "one_start_to_receipt_s_p50": round(median(receipts), 2),
        "one_start_to_receipt_s_max": round(max(receipts), 2),
    }


def _at_once(bench: Bench, tokens: list[str]) -> Figures:
    began = perf_counter()
    with ThreadPoolExecutor(16) as pool:
        asked = list(pool.map(bench.ask, tokens))
    all_accepted = perf_counter() - began
    receipts = [bench.completed(request_id)["receipt"] for request_id, _ in asked]
    assert len({receipt["sequence"] for receipt in receipts}) == len(tokens)
    assert {_found(receipt, "bigquery.payment_transactions") for receipt in receipts} == {A_CARD}
    return {
        "at_once": len(tokens),
        "at_once_all_accepted_s": round(all_accepted, 1),
        "at_once_all_completed_s": round(perf_counter() - began, 1),
    }


def _seconds(done: Figures) -> float:
    moments = [datetime.fromisoformat(done[name]) for name in ("started_at", "completed_at")]
    return (moments[1] - moments[0]).total_seconds()


def _found(receipt: Figures, store: str) -> int:
    return int({one["store"]: one["found"] for one in receipt["stores"]}[store])


def main() -> None:
    """Run on a stack of its own."""
    parser = ArgumentParser(prog="python -m tests.bench.erasure", description=__doc__)
    parser.add_argument("--payments", type=int, default=PAYMENTS, help="how many are stored, 20 a card")
    payments = parser.parse_args().payments
    with TemporaryDirectory() as folder, LocalStack(Path(folder), components=("gdpr_erasure",)) as stack:
        os.environ["FIRESTORE_EMULATOR_HOST"] = stack.environment["FIRESTORE_EMULATOR_HOST"]
        sys.stdout.write(json.dumps(measure(Bench(stack), payments), indent=1) + "\n")


if __name__ == "__main__":
    main()
