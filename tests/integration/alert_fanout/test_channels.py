"""What channels are told of alerts, by a function whose receivers answer, fail, hang and are not there."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from threading import Event

import msgspec
import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from fraud.alerts.alert import Alert, encode_alert
from fraud.alerts.incident import opened
from fraud.alerts.notification import (
    Notification,
    NotificationKind,
    decode_notification,
    encode_notification,
    notification,
    notification_id,
)
from fraud.channels.signature import secret_key, signed_headers
from fraud.erasure.mark import Mark
from fraud_service.cards.erased import ErasedCards
from tests.builders import NOON, make_alert
from tests.integration.alert_fanout.conftest import SIGNING_SECRET, URL_PATH, System
from tests.integration.alert_fanout.pushes import burst, push, wait_for, wrapped
from tests.integration.alert_fanout.reception import Reception, Reply
from tests.integration.local.waiting import wait_until

JSON = {"Content-Type": "application/json"}


def delivery(system: System, channel: str, alert: Alert) -> dict[str, object]:
    return system.kept(f"deliveries/{channel}:{notification_id(alert.transaction_id)}") or {}


def await_end(system: System, channel: str, alert: Alert) -> dict[str, object]:
    """Return a delivery once it has ended."""
    wait_until(lambda: bool(delivery(system, channel, alert).get("ended_at")))
    return delivery(system, channel, alert)


def notifications(reception: Reception, account: str) -> list[Notification]:
    return [decode_notification(call.body) for call in reception.received("ops", account)]


def test_a_webhook_is_signed_and_slack_gets_words(system: System, reception: Reception) -> None:
    [alert] = burst(1)
    system.publish(alert)
    assert await_end(system, "ops", alert)["last_status"] == 204
    assert await_end(system, "chat", alert)["state"] == "ACCEPTED"

    [call] = reception.received("ops", alert.sender_account_id)
    moment = NOON.fromtimestamp(int(call.headers["webhook-timestamp"]), NOON.tzinfo)
    signed = signed_headers([secret_key(SIGNING_SECRET)], notification_id(alert.transaction_id), moment, call.body)
    assert signed.items() <= call.headers.items()
    assert decode_notification(call.body).incident_id == alert.transaction_id
    [words] = reception.received("chat", alert.sender_account_id)
    assert json.loads(words.body)["text"].startswith(f"*Fraud alert: HIGH* on account `{alert.sender_account_id}`")
    assert words.headers["webhook-id"] == call.headers["webhook-id"]


def test_an_incident_is_told_when_it_opens_and_when_it_gets_worse(system: System, reception: Reception) -> None:
    alerts = burst(5)
    system.publish(*alerts, *alerts)
    wait_for(system, alerts)
    await_end(system, "ops", alerts[0])
    await_end(system, "ops", alerts[1])

    told = notifications(reception, alerts[0].sender_account_id)
    assert {(one.kind, one.transaction_id) for one in told} == {
        (NotificationKind.INCIDENT_OPENED, alerts[0].transaction_id),
        (NotificationKind.SEVERITY_RAISED, alerts[1].transaction_id),
    }
    assert len(told) == 2
    wait_until(lambda: len(system.found("deliveries", "incident_id", alerts[0].transaction_id)) == 2 * 4)


def test_a_receiver_that_fails_is_tried_again_with_the_same_words(system: System, reception: Reception) -> None:
    [alert] = burst(1)
    reception.reply("ops", alert.sender_account_id, Reply(503), Reply(500))
    system.publish(alert)

    ended = await_end(system, "ops", alert)

    assert (ended["state"], ended["attempts"], ended["last_status"]) == ("ACCEPTED", 3, 204)
    calls = reception.received("ops", alert.sender_account_id)
    assert len(calls) == 3
    assert len({(call.body, call.headers["webhook-id"]) for call in calls}) == 1


@pytest.mark.parametrize(
    ("replies", "attempts", "status"), [([Reply(503)] * 3, 3, 503), ([Reply(410)], 1, 410), ([Reply(302)] * 3, 3, 302)]
)
def test_a_receiver_that_goes_on_failing_is_given_up_with_the_reason(
    system: System, reception: Reception, replies: list[Reply], attempts: int, status: int
) -> None:
    [alert] = burst(1)
    reception.reply("ops", alert.sender_account_id, *replies)
    system.publish(alert)

    ended = await_end(system, "ops", alert)

    assert (ended["state"], ended["attempts"], ended["last_status"]) == ("GIVEN_UP", attempts, status)
    told = reception.received("ops", alert.sender_account_id)[0].body
    reason = f"channel ops: the receiver answers {status}, {attempts} attempts"
    assert (told, reason) in await_dead_letters(system, told, "channel ops")


def await_dead_letters(system: System, data: bytes, begins: str) -> list[tuple[bytes, str]]:
    """Return what is dead-lettered, once that has the data with a reason that begins as given."""
    kept: list[tuple[bytes, str]] = []

    def taken() -> bool:
        kept.extend(system.dead_letters("alert-notifications"))
        return any(one == data and reason.startswith(begins) for one, reason in kept)

    wait_until(taken)
    return kept


def test_where_nobody_listens_there_is_no_answer(system: System) -> None:
    [alert] = burst(1)
    system.publish(alert)
    ended = await_end(system, "gone", alert)
    assert (ended["state"], ended["last_status"], ended["last_reason"]) == ("GIVEN_UP", None, "no connection")


def test_a_receiver_s_wish_to_wait_is_kept_however_often_pubsub_asks(system: System, reception: Reception) -> None:
    [alert] = burst(1)
    reception.reply("ops", alert.sender_account_id, Reply(429, {"Retry-After": "3"}))
    system.publish(alert)
    assert await_end(system, "ops", alert)["attempts"] == 2
    first, second = reception.received("ops", alert.sender_account_id)
    assert second.moment - first.moment >= 3


def test_a_slow_channel_delays_neither_another_nor_the_record(system: System, reception: Reception) -> None:
    alerts, release = [burst(1)[0] for _ in range(12)], Event()
    for alert in alerts:
        reception.reply("slow", alert.sender_account_id, *[Reply(release=release)] * 3)
    try:
        system.publish(*alerts)
        wait_for(system, alerts)
        for alert in alerts:
            assert await_end(system, "ops", alert)["state"] == "ACCEPTED"
        assert not any(delivery(system, "slow", alert).get("state") == "ACCEPTED" for alert in alerts)
    finally:
        release.set()


def test_killed_while_a_receiver_is_being_told_it_is_told_again_under_the_same_id(
    system: System, reception: Reception
) -> None:
    [alert], release = burst(1), Event()
    reception.reply("ops", alert.sender_account_id, Reply(release=release))
    system.publish(alert, alert, alert)
    wait_until(lambda: len(reception.received("ops", alert.sender_account_id)) == 1)
    system.kill()
    release.set()
    system.publish(alert)

    assert await_end(system, "ops", alert)["state"] == "ACCEPTED"
    calls = reception.received("ops", alert.sender_account_id)
    assert len(calls) == 2
    assert len({(call.body, call.headers["webhook-id"]) for call in calls}) == 1
    incident = system.kept(f"incidents/{alert.transaction_id}")
    assert incident is not None
    assert incident["alerts"] == 1


def test_a_notification_that_comes_again_is_delivered_once(system: System, reception: Reception) -> None:
    [alert] = burst(1)
    told = notification(alert, opened(alert), [])
    assert told is not None
    body = wrapped(encode_notification(told))

    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda _: push(system, body, JSON, "/channels/ops"), range(4)))
    wait_until(lambda: push(system, body, JSON, "/channels/ops") == 204)

    assert set(at_once) <= {204, 503}
    assert len(reception.received("ops", alert.sender_account_id)) == 1
    assert delivery(system, "ops", alert)["attempts"] == 1


def test_an_erased_payment_is_told_to_nobody_any_more(system: System, reception: Reception) -> None:
    """The card is erased while the first attempt is under way: the receiver refuses it, and is not asked again."""
    [alert], release = burst(1), Event()
    alert = msgspec.structs.replace(alert, card_token=token_hex(32), kafka_partition=0, kafka_offset=7)
    later = msgspec.structs.replace(burst(1)[0], card_token=alert.card_token, kafka_partition=0, kafka_offset=8)
    reception.reply("ops", alert.sender_account_id, Reply(503, release=release))
    system.publish(alert)
    wait_until(lambda: len(reception.received("ops", alert.sender_account_id)) == 1)

    marks = {alert.card_token: Mark({"0": 8}, NOON)}
    ErasedCards(system.documents).add(marks, datetime.now(UTC) + timedelta(days=1))
    for document in system.documents.collection("deliveries").where(filter=of_transaction(alert)).stream():
        document.reference.delete()
    release.set()
    system.publish(later)

    wait_until(lambda: system.stack.workspace.log("alert_fanout").read_text().count("erased_payment_left_out") >= 1)
    assert await_end(system, "ops", later)["state"] == "ACCEPTED"
    assert len(reception.received("ops", alert.sender_account_id)) == 1
    assert delivery(system, "ops", alert) == {}


def of_transaction(alert: Alert) -> FieldFilter:
    return FieldFilter("transaction_id", "==", alert.transaction_id)


def test_what_is_no_notification_is_kept_with_its_reason(system: System) -> None:
    poison = encode_alert(make_alert())
    assert push(system, wrapped(poison), JSON, "/channels/ops") == 204
    reason = "the message is no notification: a required field is missing: notification_id"
    assert (poison, reason) in await_dead_letters(system, poison, "the message")


@pytest.mark.parametrize(("path", "status"), [("/channels/nobody", 404), ("/channels/ops", 400)])
def test_a_push_that_is_none_is_refused(system: System, path: str, status: int) -> None:
    assert push(system, b"{}", JSON, path) == status


def test_nothing_of_a_channel_s_secrets_is_logged(system: System) -> None:
    [alert] = burst(1)
    system.publish(alert)
    await_end(system, "ops", alert)
    log = system.stack.workspace.log("alert_fanout").read_text()
    assert '"event": "delivery"' in log
    assert not [secret for secret in (URL_PATH, SIGNING_SECRET, alert.card_token) if secret in log]
