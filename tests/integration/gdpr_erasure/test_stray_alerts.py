"""Alerts that come after the receipt: recorded nowhere if their payment was erased, as ever if it came later.

The functions that record alerts are dead while Pub/Sub is told of them, and start when the erasure is completed.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import msgspec
import pytest
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import PublisherOptions

from fraud.alerts.alert import Alert, encode_alert
from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.stack.local_stack import LocalStack
from tests.builders import make_alert
from tests.integration.gdpr_erasure.conftest import Call, Completed
from tests.integration.gdpr_erasure.estate import PARTITION, Estate
from tests.integration.local.waiting import wait_until

RECORDERS = ("alert_fanout", "automation_rules")
LEFT_OUT = "erased_payment_left_out"
RECORDS = ("alerts", "decisions", "reviews", "incidents")


@contextmanager
def dead_recorders(stack: LocalStack) -> Iterator[None]:
    """Have what records alerts subscribed, and down until the block ends."""
    stack.start(*RECORDERS)
    for name in RECORDERS:
        os.killpg(stack.pids[name], signal.SIGKILL)
    try:
        yield
    finally:
        for name in RECORDERS:
            stack.restart(name)


def raise_alerts(estate: Estate, *alerts: Alert) -> None:
    """Publish alerts as the job does."""
    publisher = PublisherClient(publisher_options=PublisherOptions(enable_message_ordering=True))
    with publisher:
        topic = publisher.topic_path(estate.stack.settings.project, "fraud-alerts")
        sent = [publisher.publish(topic, encode_alert(one), one.sender_account_id) for one in alerts]
        for future in sent:
            future.result(20)


def alert(token: str, offset: int, made_at: datetime) -> Alert:
    """Return an alert for which every default rule acts."""
    return make_alert(
        transaction_id=f"TXN_{token_hex(6)}",
        sender_account_id=f"ACC_{token_hex(4)}",
        card_token=token,
        event_time=made_at,
        velocity_60s=5,
        fraud_score=90,
        kafka_partition=PARTITION,
        kafka_offset=offset,
    )


def recorded(estate: Estate, one: Alert) -> set[str]:
    """Return the collections that hold something of an alert."""
    paths = {name: estate.documents.document(f"{name}/{one.transaction_id}") for name in RECORDS}
    return {name for name, path in paths.items() if path.get(timeout=20).exists}


def left_out(estate: Estate) -> list[int]:
    """Return how many messages each function has left out."""
    return [estate.stack.workspace.log(name).read_text().count(LEFT_OUT) for name in RECORDERS]


@pytest.fixture
def stream(estate: Estate) -> Estate:
    """The estate, where nothing is in flight."""
    estate.settle()
    return estate


def test_an_alert_that_comes_after_the_receipt_is_recorded_nowhere(
    stream: Estate, call: Call, completed: Completed
) -> None:
    token, stranger, last = token_hex(32), token_hex(32), stream.append(2)
    stream.settle()
    now = datetime.now(UTC)
    before, other = alert(token, last - 1, now), alert(stranger, last, now)
    with dead_recorders(stream.stack):
        raise_alerts(stream, before, other)
        receipt = completed(str(call("POST", "/erasure", {"card_token": token})[1]["request_id"]))["receipt"]
        after = alert(token, stream.append(1), now - timedelta(minutes=1))
        raise_alerts(stream, after)
        seen = left_out(stream)

    wait_until(lambda: recorded(stream, other) == recorded(stream, after) == set(RECORDS), 60)
    wait_until(lambda: all(now > then for now, then in zip(left_out(stream), seen, strict=True)), 60)

    assert recorded(stream, before) == set()
    assert stream.documents_left(token) == {
        f"cards/{token}",
        *(f"{name}/{after.transaction_id}" for name in ("alerts", "decisions", "reviews")),
    }
    card = stream.documents.collection("cards").document(token).get().to_dict() or {}
    assert (card["revision"], card["transaction_id"]) == (1, after.transaction_id)
    kept = {one["store"]: datetime.fromisoformat(one["until"]) for one in receipt["kept"]}
    assert kept.keys() == {"firestore.erased_cards", "redis.erased_cards"}
    assert kept["firestore.erased_cards"] > datetime.now(UTC) + timedelta(days=21)
    assert not any(token in stream.stack.workspace.log(name).read_text() for name in RECORDERS)


def test_a_batch_that_the_job_repeats_after_the_receipt_leaves_nothing_in_redis(
    stream: Estate, call: Call, completed: Completed
) -> None:
    token, last, now = token_hex(32), stream.append(1), datetime.now(UTC)
    stream.settle()
    before = alert(token, last, now)
    write = AlertCache(stream.stack.environment["REDIS_URL"]).write
    write([before])
    completed(str(call("POST", "/erasure", {"card_token": token})[1]["request_id"]))
    after = msgspec.structs.replace(alert(token, stream.append(1), now), sender_account_id=before.sender_account_id)

    write([before, after])

    count, counted = (f"fraud:{kind}:sender:{before.sender_account_id}" for kind in ("count", "counted"))
    assert stream.redis.get(count) == "1"
    assert stream.redis.zrange(counted, 0, -1) == [after.transaction_id]
    assert before.transaction_id not in stream._content("fraud:alerts:stream")
    assert after.transaction_id in stream._content("fraud:alerts:stream")


def test_a_document_of_the_time_between_request_and_mark_goes_with_its_rows(
    stream: Estate, call: Call, completed: Completed
) -> None:
    """The worker begins after the request: a payment from in between has its rows and its documents erased alike."""
    token, last = token_hex(32), stream.append(2)
    account, soon = f"ACC_{token_hex(4)}", datetime.now(UTC) + timedelta(minutes=1)
    made_later = {"event_time": soon, "kafka_partition": PARTITION}
    stream.alert(token, account, f"TXN_{token_hex(6)}", kafka_offset=last, **made_later)
    kept = stream.alert(token, account, f"TXN_{token_hex(6)}", kafka_offset=last + 1, **made_later)
    stream.settle()

    completed(str(call("POST", "/erasure", {"card_token": token})[1]["request_id"]))

    assert stream.documents_left(token) == {f"{name}/{kept.transaction_id}" for name in ("alerts", "reviews")}
    assert [entry.count(token) for entry in map(stream._content, stream.entries_left(token))] == [1]
    assert stream.incident(account) == [kept.transaction_id]
