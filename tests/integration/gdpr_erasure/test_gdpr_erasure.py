"""Erasure of a subject, driven by HTTP, on real servers: what is gone, what stays, what the receipt says."""

import hashlib
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import msgspec
import pytest

from fraud.alerts.names import REVISION
from fraud.cards import Action
from fraud.erasure.receipt import chain_breaks
from fraud_service.alerts.record import AlertRecords
from fraud_service.erasure.record import Erasures
from infra.local.servers.subscriptions import subscriber
from infra.local.stack.local_stack import LocalStack
from tests.builders import make_alert
from tests.integration.gdpr_erasure.conftest import Call, Completed
from tests.integration.gdpr_erasure.estate import AUDIT, BY_CARD, PARTITION, Estate, card_number
from tests.integration.local.waiting import wait_until

ROWS = "bigquery.payment_transactions"
MARKS = ("firestore.erased_cards", "redis.erased_cards")


def ask(call: Call, **identifiers: str) -> str:
    status, document = call("POST", "/erasure", identifiers, {"X-Caller": "dpo@example.org"})
    assert status == 202, document
    return str(document["request_id"])


def test_a_card_goes_from_every_store(estate: Estate, call: Call, completed: Completed) -> None:
    card, stranger = card_number(), token_hex(32)
    token, last = estate.token(card), estate.append(2)
    transaction, account = f"TXN_{token_hex(6)}", f"ACC_{token_hex(4)}"
    estate.pay(token, last - 1, transaction_id=transaction, sender_account_id=account)
    estate.pay(stranger, last)
    estate.alert(token, account, transaction)
    estate.profile(account, stranger, token)
    estate.profile(f"{account}_OTHER", stranger)
    other = estate.alert(stranger, account, f"TXN_{token_hex(6)}").transaction_id
    estate.act(token, Action.REQUIRE_3DS)
    estate.settle()
    told = int(estate.redis.get(REVISION) or 0)

    receipt = completed(ask(call, credit_card=f"{card[:4]} {card[4:]}"))["receipt"]

    assert estate.rows_left(token) == dict.fromkeys(BY_CARD, 0)
    assert estate.documents_left(token) == set()
    assert estate.entries_left(token) == []
    assert int(estate.redis.get(REVISION) or 0) > told  # live pages forget what they hold of it
    [audit] = estate.rows(token, AUDIT)
    assert (audit["erasure_requested"], audit["user_email"]) == (True, None)
    assert audit["pii_hash"]
    assert audit["erasure_timestamp"] <= datetime.now(UTC)
    assert {one["store"]: (one["found"], one["erased"]) for one in receipt["stores"] if one["found"]} == {
        "bigquery.account_profiles": (1, 1),
        "bigquery.payment_transactions": (1, 1),
        "bigquery.payment_transactions_fraud": (1, 1),
        "bigquery.fraud_velocity_alerts": (1, 1),
        "bigquery.payment_labels": (1, 1),
        "bigquery.pii_masking_audit": (1, 1),
        "firestore.alerts": (1, 1),
        "firestore.reviews": (1, 1),
        "firestore.cards": (1, 1),
        "firestore.deliveries": (1, 1),
        "firestore.incidents": (1, 1),
        "redis.alert_stream": (1, 1),
        "redis.counted_alerts": (1, 1),
    }
    assert receipt["requested_by"] == "dpo@example.org"
    assert (estate.profiles(account), estate.profiles(f"{account}_OTHER")) == (0, 1)
    assert estate.rows_left(stranger) == dict.fromkeys(BY_CARD, 1) | {"payment_late_events": 0}
    assert len(estate.documents_left(stranger)) == 2
    assert estate.incident(account) == [other]
    assert estate.documents.collection("deliveries").document(f"soc:{other}").get().exists
    assert estate.redis.get(f"fraud:count:sender:{account}") == "1"


def test_what_one_incident_has_taken_over_goes_from_both(estate: Estate, call: Call, completed: Completed) -> None:
    token, stranger, last = token_hex(32), token_hex(32), estate.append(3)
    account, made_at = f"ACC_{token_hex(4)}", datetime.now(UTC) - timedelta(minutes=30)
    first, mine, between = (
        make_alert(
            transaction_id=f"TXN_{token_hex(6)}",
            sender_account_id=account,
            card_token=owner,
            event_time=made_at + timedelta(minutes=minutes),
            kafka_partition=PARTITION,
            kafka_offset=last - 2 + place,
        )
        for place, (owner, minutes) in enumerate([(stranger, 0), (token, 8), (stranger, 4)])
    )
    for one in (first, mine, between):
        AlertRecords(estate.documents).record(one, datetime.now(UTC))
    estate.settle()

    receipt = completed(ask(call, card_token=token))["receipt"]

    incidents = estate.documents.collection("incidents")
    assert {one["store"]: one["found"] for one in receipt["stores"]}["firestore.incidents"] == 2
    assert not incidents.document(mine.transaction_id).get().exists
    left = (incidents.document(first.transaction_id).get().to_dict() or {})["transactions"]
    assert [one["transaction_id"] for one in left] == [first.transaction_id, between.transaction_id]


def test_a_hash_stands_for_its_card(estate: Estate, call: Call, completed: Completed) -> None:
    token, digest, last = token_hex(32), token_hex(32), estate.append(2)
    estate.pay(token, last - 1, pii_hash=digest)
    estate.pay(token, last)
    estate.settle()
    completed(ask(call, pii_hash=digest.upper()))
    assert estate.rows_left(token) == dict.fromkeys(BY_CARD, 0)


def test_a_block_stays_as_a_bare_token_that_ends(estate: Estate, call: Call, completed: Completed) -> None:
    token = token_hex(32)
    estate.act(token, Action.BLOCK_CARD)
    estate.settle()

    receipt = completed(ask(call, card_token=token))["receipt"]

    assert estate.documents_left(token) == {f"cards/{token}"}
    kept = estate.documents.collection("cards").document(token).get().to_dict() or {}
    assert (kept["action"], kept["transaction_id"], kept["source"]) == ("BLOCK_CARD", None, "erasure")
    assert timedelta(days=179) < kept["expires_at"] - datetime.now(UTC) < timedelta(days=181)
    assert list(estate.documents.collection("cards").document(token).collection("history").stream()) == []
    assert {one["store"] for one in receipt["kept"]} == {"firestore.cards", *MARKS}
    assert '"BLOCK_CARD"' in str(estate.redis.get(f"card:action:{token}"))


def test_it_waits_for_what_the_job_has_not_settled(estate: Estate, call: Call, completed: Completed) -> None:
    token = token_hex(32)
    estate.settle()
    in_flight = estate.append(1)
    request_id = ask(call, card_token=token)
    wait_until(lambda: call("GET", f"/erasure/{request_id}")[1]["state"] == "WAITING_FOR_STREAM")
    later = estate.append(1)
    estate.pay(token, in_flight)  # in order, as the job settles them
    estate.pay(token, later)
    estate.settle()

    completed(request_id)

    assert [row["kafka_offset"] for row in estate.rows(token, "payment_transactions")] == [later]
    assert [row["kafka_offset"] for row in estate.rows(token, "payment_transactions_fraud")] == [later]
    marks = {row["kafka_offset"]: row["erasure_requested"] for row in estate.rows(token, AUDIT)}
    assert marks == {in_flight: True, later: False}


def test_an_unknown_subject_gives_a_completed_request_with_zero_rows(
    estate: Estate, call: Call, completed: Completed
) -> None:
    estate.settle()
    receipt = completed(ask(call, card_token=token_hex(32)))["receipt"]
    assert all(one["found"] == 0 for one in receipt["stores"])


def test_the_same_subject_gives_the_same_request_while_it_runs(
    estate: Estate, call: Call, completed: Completed
) -> None:
    card = card_number()
    estate.settle()
    estate.append(1)
    first = ask(call, credit_card=card)
    assert ask(call, credit_card=card) == first
    assert ask(call, card_token=estate.token(card)) == first
    estate.settle()
    completed(first)
    assert ask(call, credit_card=card) != first


def test_a_killed_process_is_followed_by_another_that_completes_what_was_accepted(
    estate: Estate, call: Call, completed: Completed, local_stack: LocalStack
) -> None:
    tokens, last = [token_hex(32) for _ in range(6)], estate.append(1)
    for token in tokens:
        estate.pay(token, last)
    estate.settle()
    requests = [ask(call, card_token=token) for token in tokens]
    os.kill(local_stack.pids["gdpr_erasure"], signal.SIGKILL)
    local_stack.restart("gdpr_erasure")

    receipts = [completed(request_id)["receipt"] for request_id in requests]

    assert [estate.rows_left(token) for token in tokens] == [dict.fromkeys(BY_CARD, 0)] * 6
    found = [{one["store"]: one["found"] for one in receipt["stores"]} for receipt in receipts]
    assert {(one["bigquery.payment_transactions"], one["bigquery.pii_masking_audit"]) for one in found} == {(1, 1)}


def test_many_requests_at_once_are_each_done_once(estate: Estate, call: Call, completed: Completed) -> None:
    tokens, last = [token_hex(32) for _ in range(30)], estate.append(1)
    estate.insert("payment_transactions", [estate.payment_row(token, last) for token in tokens])
    estate.settle()
    with ThreadPoolExecutor(10) as pool:
        requests = list(pool.map(lambda token: ask(call, card_token=token), tokens * 2))
    assert len(set(requests)) == len(tokens)

    receipts = [completed(request_id)["receipt"] for request_id in set(requests)]

    assert len({receipt["sequence"] for receipt in receipts}) == len(tokens)
    found = {store["found"] for receipt in receipts for store in receipt["stores"] if store["store"] == ROWS}
    assert found == {1}
    chain, head = Erasures(estate.documents).chain()
    assert chain_breaks([receipt for receipt, _ in chain], head) == []


CARD = card_number()
LONG = json.dumps({"card_token": "a" * 10_000_000}).encode()
ENDPOINTS = ("/erasure", "/subject-report")
TOKEN = "0" * 64


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize(
    ("method", "body", "kind", "status", "field"),
    [
        pytest.param("POST", {}, "application/json", 400, None, id="no identifier"),
        pytest.param("POST", b"", "application/json", 400, None, id="empty body"),
        pytest.param("POST", [], "application/json", 400, None, id="a list"),
        pytest.param("POST", b"card_token=1", "application/json", 400, None, id="not JSON"),
        pytest.param("POST", b"\xff", "application/json", 400, None, id="not UTF-8"),
        pytest.param("POST", {"card_token": ""}, "application/json", 400, "card_token", id="empty identifier"),
        pytest.param("POST", {"card_token": "zz" * 32}, "application/json", 400, "card_token", id="token not hex"),
        pytest.param("POST", {"card_token": TOKEN + "0"}, "application/json", 400, "card_token", id="too long"),
        pytest.param("POST", {"pii_hash": "zz" * 32}, "application/json", 400, "pii_hash", id="hash not hex"),
        pytest.param("POST", {"pii_hash": 17}, "application/json", 400, "pii_hash", id="a number"),
        pytest.param("POST", {"credit_card": "4111111111111112"}, "application/json", 400, "credit_card", id="no card"),
        pytest.param("POST", {"email": "jo@example.org"}, "application/json", 400, None, id="unknown identifier"),
        pytest.param(
            "POST",
            {"credit_card": CARD, "card_token": TOKEN},
            "application/json",
            400,
            "card_token",
            id="at odds",
        ),
        pytest.param(
            "POST", {"credit_card": CARD, "pii_hash": TOKEN}, "application/json", 400, "pii_hash", id="hash and card"
        ),
        pytest.param("POST", {"card_token": TOKEN, "pii_hash": TOKEN}, "application/json", 400, None, id="two"),
        pytest.param("POST", LONG, "application/json", 413, None, id="10 MB"),
        pytest.param("POST", {"card_token": TOKEN}, "text/plain", 415, None, id="another type"),
        pytest.param("POST", {"card_token": TOKEN}, "", 415, None, id="no type"),
        *(pytest.param(one, {}, "application/json", 405, None, id=one) for one in ("GET", "PUT", "PATCH", "DELETE")),
    ],
)
def test_a_wrong_request_gets_a_problem_that_shows_no_value(
    call: Call, path: str, method: str, body: object, kind: str, status: int, field: str | None
) -> None:
    answered, problem = call(method, path, body, {"Content-Type": kind})
    assert (answered, problem["status"], problem.get("field")) == (status, status, field)
    assert {"type", "title", "detail"} <= problem.keys()
    shown = str(problem)
    assert not any(value in shown for value in (CARD, "4111", TOKEN, "zz", "jo@example.org"))


@pytest.mark.parametrize("request_id", ["0" * 32, "..%2Fleases", "A" * 32])
def test_a_request_that_is_not_there_is_not_found(call: Call, request_id: str) -> None:
    answered, problem = call("GET", f"/erasure/{request_id}")
    assert (answered, problem["status"]) == (404, 404)


def test_a_caller_who_asks_too_often_is_told_to_wait(estate: Estate, call: Call) -> None:
    name = f"caller-{token_hex(4)}"
    minute = int(datetime.now(UTC).timestamp()) // 60
    for one in (minute, minute + 1):
        estate.redis.set(f"rate:erasure:{hashlib.sha256(name.encode()).hexdigest()[:32]}:{one}", 1200)
    assert call("POST", "/erasure", {"card_token": token_hex(32)}, {"X-Caller": name})[0] == 429
    assert call("POST", "/erasure", {"card_token": token_hex(32)}, {"X-Caller": f"{name}-else"})[0] == 202


def test_no_identifier_stands_in_a_log(
    estate: Estate, call: Call, completed: Completed, local_stack: LocalStack
) -> None:
    card = card_number()
    estate.settle()
    completed(ask(call, credit_card=card))
    logged = local_stack.workspace.log("gdpr_erasure").read_text()
    assert "receipt_issued" in logged
    assert card not in logged
    assert estate.token(card) not in logged


def test_subscribers_are_told_what_to_delete(estate: Estate, call: Call, completed: Completed) -> None:
    token, last, project = token_hex(32), estate.append(1), estate.stack.settings.project
    estate.pay(token, last)
    estate.settle()
    host = estate.stack.environment["PUBSUB_EMULATOR_HOST"]
    with subscriber(host) as client:
        path = client.subscription_path(project, f"erasures-{token_hex(4)}")
        client.create_subscription(name=path, topic=f"projects/{project}/topics/erasures")
        request_id = ask(call, card_token=token)
        completed(request_id)
        told = client.pull(subscription=path, max_messages=10, timeout=20).received_messages
    [notice] = [
        msgspec.json.decode(one.message.data) for one in told if one.message.attributes["request_id"] == request_id
    ]
    assert notice["card_digests"] == [hashlib.sha256(f"erased card {token}".encode()).hexdigest()]
    assert notice["ends"][str(PARTITION)] > last
    assert token not in str(notice)
