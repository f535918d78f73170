"""Alerts pushed by the Pub/Sub emulator end as one document each, counted once in their incident."""

import json
from datetime import timedelta
from decimal import Decimal
from secrets import token_hex

import msgspec
import pytest

from fraud.alerts.alert import Alert, encode_alert
from fraud.scoring.velocity import Severity
from tests.builders import NOON, make_alert
from tests.integration.alert_fanout.conftest import System
from tests.integration.alert_fanout.pushes import burst, push, wait_for, wrapped
from tests.integration.local.waiting import wait_until


def test_an_alert_s_document_has_all_its_fields_exactly(system: System) -> None:
    [alert] = burst(1)
    alert = make_alert(transaction_id=alert.transaction_id, amount=Decimal("999999999999999.99"), event_time=NOON)
    system.publish(alert)
    wait_for(system, [alert])

    kept = system.kept(f"alerts/{alert.transaction_id}")

    assert kept is not None
    assert set(Alert.__struct_fields__) <= set(kept)
    assert kept["amount"] == "999999999999999.99"
    assert kept["event_time"] == NOON
    assert (kept["card_token"], kept["severity"], kept["velocity_60s"]) == ("b" * 64, "HIGH", 4)
    assert kept["recorded_at"] > kept["event_time"]
    assert kept["expires_at"] == kept["recorded_at"] + timedelta(days=30)
    assert kept["incident_id"] == alert.transaction_id


def test_delivered_three_times_in_any_order_over_a_kill_an_alert_counts_once(system: System) -> None:
    alerts = burst(6)
    deliveries = [*reversed(alerts), *alerts[::2], *alerts[1::2], *alerts]
    system.publish(*deliveries[:9])
    system.kill()
    system.publish(*deliveries[9:])
    wait_for(system, alerts)

    account = alerts[0].sender_account_id
    [incident] = [one for one in system.found("incidents", "sender_account_id", account) if not one["merged_into"]]
    assert incident["alerts"] == 6
    assert (incident["first_event_time"], incident["last_event_time"]) == (alerts[0].event_time, alerts[5].event_time)
    assert (incident["top_severity"], incident["top_score"]) == ("CRITICAL", 45)
    assert [one["transaction_id"] for one in incident["transactions"]] == [alert.transaction_id for alert in alerts]


def test_an_alert_after_the_last_one_s_life_opens_another_incident(system: System) -> None:
    alerts = burst(2, every=300)
    system.publish(*alerts)
    wait_for(system, alerts)
    assert len(system.found("incidents", "sender_account_id", alerts[0].sender_account_id)) == 2


def test_a_late_alert_between_two_incidents_makes_them_one(system: System) -> None:
    first, between, last = burst(3, every=200)
    for alert in (first, last, between):
        assert push(system, wrapped(encode_alert(alert)), {"Content-Type": "application/json"}) == 204

    kept, gone = (system.kept(f"incidents/{one.transaction_id}") for one in (first, last))
    assert kept is not None
    assert gone is not None
    assert (kept["alerts"], kept["merged_into"], gone["merged_into"]) == (3, None, first.transaction_id)


def test_alerts_that_share_a_device_are_one_campaign_told_once(system: System) -> None:
    ([first, second], [other]), device = (burst(2), burst(1)), f"device-{token_hex(6)}"
    alerts = [
        msgspec.structs.replace(one, device_id=device, severity=severity)
        for one, severity in zip((first, other, second), (Severity.HIGH, Severity.HIGH, Severity.CRITICAL), strict=True)
    ]
    for alert in (*alerts, *alerts):
        assert push(system, wrapped(encode_alert(alert)), {"Content-Type": "application/json"}) == 204

    kept = [system.kept(f"alerts/{alert.transaction_id}") or {} for alert in alerts]
    told = [json.loads(one["notification"]) if one["notification"] else None for one in kept]
    assert [one and one["kind"] for one in told] == ["INCIDENT_OPENED", None, "SEVERITY_RAISED"]
    [campaign_id] = {one["campaign_id"] for one in kept}
    assert [one["campaign_id"] for one in told if one] == [campaign_id] * 2
    assert len({one["incident_id"] for one in kept}) == 2
    campaign = system.kept(f"campaigns/{campaign_id}") or {}
    assert (campaign["top_severity"], campaign["first_event_time"]) == ("CRITICAL", first.event_time)
    assert campaign["expires_at"] == kept[2]["recorded_at"] + timedelta(days=30)


def test_an_alert_that_shows_two_campaigns_to_be_one_makes_them_one(system: System) -> None:
    (one, two, both), device, issuer = (burst(1)[0] for _ in range(3)), f"device-{token_hex(6)}", token_hex(32)
    alerts = [
        msgspec.structs.replace(one, device_id=device),
        msgspec.structs.replace(two, risk_flags=["BIN_TESTING"], bin_token=issuer),
        msgspec.structs.replace(both, device_id=device, risk_flags=["BIN_TESTING"], bin_token=issuer),
    ]
    for alert in alerts:
        assert push(system, wrapped(encode_alert(alert)), {"Content-Type": "application/json"}) == 204

    names = [(system.kept(f"alerts/{alert.transaction_id}") or {})["campaign_id"] for alert in alerts]
    kept, gone = sorted(set(names), key=names.count, reverse=True)
    assert (system.kept(f"campaigns/{gone}") or {})["merged_into"] == kept
    assert (system.kept(f"campaigns/{kept}") or {})["absorbed"] == [gone]


def test_a_transaction_id_that_is_no_document_name_is_recorded(system: System) -> None:
    [alert] = burst(1)
    awkward = make_alert(transaction_id=f"{alert.transaction_id}/../%", sender_account_id="__.__")
    assert push(system, wrapped(encode_alert(awkward)), {"Content-Type": "application/json"}) == 204
    assert [one["sender_account_id"] for one in system.found("alerts", "transaction_id", awkward.transaction_id)] == [
        "__.__"
    ]


def test_every_body_of_a_push_is_taken(system: System) -> None:
    wrapped_one, structured, binary, bare = burst(4)
    event = {"specversion": "1.0", "type": "google.cloud.pubsub.topic.v1.messagePublished", "id": "1", "source": "//p"}
    cloud_event = json.dumps({**event, "data": json.loads(wrapped(encode_alert(structured)))}).encode()
    json_type = {"Content-Type": "application/json"}

    statuses = [
        push(system, wrapped(encode_alert(wrapped_one)), json_type),
        push(system, cloud_event, {"Content-Type": "application/cloudevents+json"}),
        push(system, wrapped(encode_alert(binary)), json_type | {f"ce-{name}": text for name, text in event.items()}),
        push(system, encode_alert(bare), {"x-goog-pubsub-message-id": "1"}),
    ]

    assert statuses == [204] * 4
    incident = system.kept(f"incidents/{wrapped_one.transaction_id}")
    assert incident is not None
    assert incident["alerts"] == 4


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (b"card 4111111111111111", "the message is no alert: the body is not JSON"),
        ({"severity": "4111111111111111"}, "a field has a value that is not allowed: severity"),
        ({"event_time": "2026-03-01T12:00:00"}, "a field has a value that is not allowed: event_time"),
        ({"transaction_id": ""}, "a field has a value that is not allowed: transaction_id"),
        ({"schema_version": 3}, "the alert has a schema_version that is not known here"),
    ],
)
def test_what_is_no_alert_is_kept_with_its_reason(
    system: System, change: bytes | dict[str, object], reason: str
) -> None:
    document = json.loads(encode_alert(make_alert()))
    poison = change if isinstance(change, bytes) else json.dumps(document | change).encode()
    system.publish(poison)
    kept: list[tuple[bytes, str]] = []

    def taken() -> bool:
        kept.extend(system.dead_letters("fraud-alerts"))
        return bool(kept)

    wait_until(taken)
    [(data, told)] = kept
    assert data == poison
    assert reason in told
    assert "4111111111111111" not in told
    assert "4111111111111111" not in system.stack.workspace.log("alert_fanout").read_text()
