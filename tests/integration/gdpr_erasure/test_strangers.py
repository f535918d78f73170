"""What others leave in our stores stalls no erasure, is left where it lies, and is told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import pytest
from confluent_kafka import Producer

from fraud.alerts.names import STREAM, counted_key, live_key
from fraud.erasure.mark import erased_card_key
from fraud_service.stores.raw_topic import RawTopic, RawTopicSettings
from tests.integration.gdpr_erasure.conftest import Call, Completed
from tests.integration.gdpr_erasure.estate import BY_CARD, PARTITION, Estate
from tests.integration.gdpr_erasure.test_gdpr_erasure import ask
from tests.integration.local.waiting import wait_until

ENTRIES: list[dict[Any, Any]] = [{"hello": "world"}, {"alert": "no JSON"}, {"alert": "[]"}, {"alert": '{"a": 1}'}]


@pytest.fixture
def foreign_entries(estate: Estate) -> Iterator[list[str]]:
    """Entries of another's in the stream of alerts."""
    held = [str(estate.redis.xadd(STREAM, fields)) for fields in ENTRIES]
    yield held
    estate.redis.xdel(STREAM, *held)


def test_an_erasure_passes_over_what_is_not_ours(
    estate: Estate, call: Call, completed: Completed, foreign_entries: list[str]
) -> None:
    token, last = token_hex(32), estate.append(1)
    account, transaction = f"ACC_{token_hex(4)}", f"TXN_{token_hex(6)}"
    estate.pay(token, last, transaction_id=transaction, sender_account_id=account)
    estate.alert(token, account, transaction)
    documents: dict[str, dict[str, Any]] = {
        "alerts": {"card_token": token, "event_time": "tomorrow"},
        "incidents": {"transactions": "none"},
        "erasures": {"is_open": True, "said": "hello"},
    }
    foreign = {name: estate.documents.collection(name).document(f"foreign-{token_hex(4)}") for name in documents}
    for name, document in documents.items():
        foreign[name].set(document)
    estate.settle()

    receipt = completed(ask(call, card_token=token))["receipt"]

    assert {one["store"]: one["found"] for one in receipt["stores"]}["redis.alert_stream"] == 1
    assert estate.rows_left(token) == dict.fromkeys(BY_CARD, 0)
    assert all(estate.redis.xrange(STREAM, one, one) for one in foreign_entries)
    assert all(reference.get().exists for reference in foreign.values())
    assert estate.stack.workspace.log("gdpr_erasure").read_text().count("foreign_entry") > 0
    for reference in foreign.values():
        reference.delete()


@pytest.mark.parametrize(
    ("kind", "live"), [("string", "{}"), ("zset", "no JSON"), ("zset", "[]"), ("zset", None)], ids=str
)
def test_a_key_of_an_account_that_holds_something_else_stalls_nothing(
    estate: Estate, call: Call, completed: Completed, kind: str, live: str | None
) -> None:
    token, last = token_hex(32), estate.append(1)
    account, transaction = f"ACC_{token_hex(4)}", f"TXN_{token_hex(6)}"
    estate.pay(token, last, transaction_id=transaction, sender_account_id=account)
    estate.alert(token, account, transaction)
    if kind == "string":
        estate.redis.set(counted_key(account), "7")
    if live is None:
        estate.redis.delete(live_key(account))
        estate.redis.lpush(live_key(account), "foreign")
    else:
        estate.redis.set(live_key(account), live)
    estate.settle()

    completed(ask(call, card_token=token))

    assert estate.entries_left(token) == []
    assert estate.redis.exists(live_key(account))
    estate.redis.delete(live_key(account), counted_key(account))


def test_a_report_passes_over_them_too(estate: Estate, call: Call, foreign_entries: list[str]) -> None:
    del foreign_entries
    token = token_hex(32)
    estate.redis.set(erased_card_key(token), "no mark", ex=60)
    status, _report = call("POST", "/subject-report", {"card_token": token}, {"X-Caller": "dpo@example.org"})
    assert status == 200


def test_a_lease_that_is_none_is_taken_over(estate: Estate, call: Call, completed: Completed) -> None:
    estate.documents.collection("leases").document("erasure").set({"holder": "nobody", "expires_at": "never"})
    token = token_hex(32)
    estate.settle()
    completed(ask(call, card_token=token))
    held = estate.documents.collection("leases").document("erasure").get().to_dict() or {}
    assert held.get("expires_at", datetime.now(UTC)) > datetime.now(UTC) - timedelta(minutes=5)


def test_an_erasure_waits_for_no_marker_of_a_transaction(estate: Estate, call: Call, completed: Completed) -> None:
    token = token_hex(32)
    estate.settle()
    servers = estate.stack.environment["KAFKA_BOOTSTRAP_SERVERS"]
    producer = Producer({"bootstrap.servers": servers, "transactional.id": f"marks-{token_hex(4)}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce("payment-events", b"{}", partition=PARTITION)
    producer.abort_transaction(30)
    request_id = ask(call, card_token=token)
    wait_until(lambda: call("GET", f"/erasure/{request_id}")[1]["state"] == "WAITING_FOR_STREAM", 30)
    topic = RawTopic(RawTopicSettings())
    told = {"moved_at": datetime.now(UTC).isoformat(), "ends": {"payment-events": topic.reach().ends}}
    checkpoint = estate.stack.workspace.checkpoint
    checkpoint.mkdir(parents=True, exist_ok=True)
    (checkpoint / "last_progress").write_text(json.dumps(told))
    try:
        completed(request_id)
    finally:
        (checkpoint / "last_progress").unlink()
