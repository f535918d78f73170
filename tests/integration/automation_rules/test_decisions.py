"""What the rules make of alerts that the Pub/Sub emulator pushes."""

import base64
import json
from datetime import timedelta
from http.client import HTTPConnection
from secrets import token_hex

import msgspec
import pytest

from fraud.alerts.alert import Alert, encode_alert
from fraud.cards import Action
from fraud.reviews import ReviewState
from fraud.rules.decision import RuleDecision
from fraud.rules.replay import replay
from fraud.rules.rule import Mode
from fraud.rules.ruleset import evaluate, rule_set
from fraud_service.rules.record import rules_of
from tests.integration.automation_rules.conftest import RULES, CardMessages, System, burst
from tests.integration.local.waiting import wait_until


def single(**changes: object) -> Alert:
    [alert] = burst(1, **changes)
    return alert


def test_the_fourth_alert_within_an_hour_asks_for_3ds_and_the_sixth_blocks_the_card(
    system: System, card_messages: CardMessages
) -> None:
    alerts = burst(6)
    system.raise_alerts(*alerts)

    actions = [decision.card.action if decision.card else None for decision in map(system.decision, alerts)]
    assert actions == [None, None, None, Action.REQUIRE_3DS, None, Action.BLOCK_CARD]
    state = system.card(alerts[0])
    assert (state.action, state.revision, state.source) == (Action.BLOCK_CARD, 2, "rule:block-card@1")
    assert state.reason == "fraud_count > 5 or velocity_60s >= 5: fraud_count is 6, velocity_60s is 4"
    assert state.transaction_id == alerts[5].transaction_id
    assert [one.action for one in card_messages.take(state.card_token, 2)] == [Action.REQUIRE_3DS, Action.BLOCK_CARD]


def test_the_fifth_charge_within_a_minute_blocks_the_card(system: System) -> None:
    alert = single(velocity_60s=5, fraud_score=55)
    system.raise_alerts(alert)
    assert system.card(alert).action is Action.BLOCK_CARD


def test_a_score_of_81_goes_to_a_person_and_80_does_not(system: System) -> None:
    high, low = single(fraud_score=81), single(fraud_score=80)
    system.raise_alerts(high, low)
    assert (system.card(high).action, system.card(low).action) == (Action.MANUAL_REVIEW, None)
    assert system.review(low) is None
    review = system.review(high)
    assert review is not None
    assert (review.state, review.action, review.source) == (
        ReviewState.OPEN,
        Action.MANUAL_REVIEW,
        "rule:manual-review@1",
    )
    assert review.reason == "fraud_score > 80: fraud_score is 81"
    assert (review.sender_account_id, review.fraud_score) == (high.sender_account_id, 81)


def test_a_weaker_action_never_lifts_a_stronger_one(system: System) -> None:
    block = single(velocity_60s=5)
    review = msgspec.structs.replace(block, transaction_id=f"{block.transaction_id}_2", velocity_60s=4, fraud_score=81)
    system.raise_alerts(block)
    blocked = system.card(block)
    system.raise_alerts(review)

    decision = system.decision(review)
    assert decision.applied is not None
    assert (decision.applied.action, decision.card) == (Action.MANUAL_REVIEW, None)
    assert decision.facts.card_action == "BLOCK_CARD"
    assert system.card(block) == blocked
    assert system.review(review) is not None


def test_a_released_card_is_acted_on_again_by_the_next_alert(system: System) -> None:
    first = single(velocity_60s=5)
    second = msgspec.structs.replace(first, transaction_id=f"{first.transaction_id}_2")
    system.raise_alerts(first)
    system.cards.reference(first.card_token).update({"action": None, "revision": 2, "source": "person:jo"})
    system.raise_alerts(second)
    assert (system.card(first).action, system.card(first).revision) == (Action.BLOCK_CARD, 3)


def test_delivered_three_times_in_any_order_over_a_kill_everything_happens_once(
    system: System, card_messages: CardMessages
) -> None:
    alerts = burst(6)
    system.counted(*alerts)
    system.publish(*reversed(alerts), *alerts[::2])
    system.kill(RULES)
    system.publish(*alerts[1::2], *alerts)
    system.stack.restart(RULES)
    system.wait_for(*alerts)
    for alert in alerts:  # whatever is still on its way comes before this is answered
        assert push(system, encode_alert(alert)) == 204

    counts = [system.decision(alert).facts.fraud_count for alert in alerts]
    assert counts == [1, 2, 3, 4, 5, 6]
    changes = [decision.card for decision in map(system.decision, alerts) if decision.card]
    state = system.card(alerts[0])
    history = system.cards.history(state.card_token)
    assert (state.action, state.revision) == (Action.BLOCK_CARD, len(changes))
    assert sorted(change.revision for change in changes) == [one.revision for one in history]
    reviewed = [alert for alert in alerts if system.review(alert)]
    assert reviewed == alerts[3:]
    told = card_messages.take(state.card_token, state.revision)
    assert {one.revision: one for one in told} == {one.revision: one for one in history}


def test_a_card_whose_news_was_lost_in_a_crash_is_healed_when_the_alert_comes_again(
    system: System, card_messages: CardMessages
) -> None:
    alert = single(velocity_60s=5)
    system.raise_alerts(alert)
    state = system.card(alert)
    card_messages.take(alert.card_token, 1)
    system.cache.delete(f"card:action:{alert.card_token}")  # as if it had died right after its transaction

    assert push(system, encode_alert(alert)) == 204

    assert system.card(alert) == state
    assert card_messages.take(alert.card_token, 1) == [state]


def test_an_empty_redis_does_not_make_an_account_forget(system: System) -> None:
    alerts = burst(5)
    system.raise_alerts(*alerts[:3])
    system.cache.flushall()
    system.raise_alerts(alerts[3])
    system.cache.flushall()
    system.publish(alerts[4])  # never counted in Redis at all
    system.wait_for(alerts[4])
    assert [system.decision(alert).facts.fraud_count for alert in alerts] == [1, 2, 3, 4, 5]


def test_alerts_of_the_hour_before_and_of_later_do_not_count(system: System) -> None:
    alerts = burst(3)
    old = msgspec.structs.replace(
        alerts[0],
        transaction_id=f"{alerts[0].transaction_id}_old",
        event_time=alerts[1].event_time - timedelta(hours=1),
    )
    system.raise_alerts(old, alerts[2], alerts[1])
    assert system.decision(alerts[1]).facts.fraud_count == 1
    assert system.decision(alerts[2]).facts.fraud_count == 2


def test_a_name_with_a_slash_is_decided_like_any_other(system: System) -> None:
    alert = msgspec.structs.replace(single(velocity_60s=5), transaction_id=f"a/b/{token_hex(4)}")
    system.raise_alerts(alert)
    assert system.card(alert).action is Action.BLOCK_CARD


def test_what_is_no_alert_is_kept_as_a_dead_letter_and_acknowledged(system: System) -> None:
    poison = f"no alert {token_hex(4)}".encode()
    system.publish(poison)
    path = system.subscriber.subscription_path(system.stack.settings.project, "fraud-alerts-dead-letter")
    kept: dict[bytes, str] = {}

    def pull() -> bool:
        received = system.subscriber.pull(subscription=path, max_messages=100, timeout=20).received_messages
        kept.update({one.message.data: one.message.attributes["reason"] for one in received})
        system.subscriber.acknowledge(subscription=path, ack_ids=[one.ack_id for one in received])
        return poison in kept

    wait_until(pull, 20)
    assert kept[poison] == "the message is no alert: the body is not JSON"


def push(system: System, data: bytes, *, as_event: bool = False) -> int:
    message = {"data": base64.b64encode(data).decode(), "messageId": token_hex(4)}
    body: dict[str, object] = {"message": message, "subscription": "projects/p/subscriptions/automation-rules"}
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "//pubsub",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
    }
    kind = "application/cloudevents+json" if as_event else "application/json"
    connection = HTTPConnection("127.0.0.1", system.port(RULES), timeout=20)
    connection.request("POST", "/", json.dumps(event | {"data": body} if as_event else body), {"Content-Type": kind})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("as_event", [False, True])
def test_both_bodies_of_a_push_are_decided(system: System, as_event: bool) -> None:
    alert = single(velocity_60s=5)
    assert push(system, encode_alert(alert), as_event=as_event) == 204
    assert system.card(alert).action is Action.BLOCK_CARD


def test_an_alert_from_the_future_of_its_account_is_decided_by_its_own_hour(system: System) -> None:
    alerts = burst(5)
    system.counted(*alerts)
    for alert in reversed(alerts):
        assert push(system, encode_alert(alert)) == 204
    assert [system.decision(alert).facts.fraud_count for alert in alerts] == [1, 2, 3, 4, 5]


def test_a_back_test_of_the_same_alerts_decides_as_the_running_function_did(system: System) -> None:
    scores = (40, 81, 55, 61, 90, 30, 85)
    alerts = [msgspec.structs.replace(alert, fraud_score=score) for alert, score in zip(burst(7), scores, strict=True)]
    alerts[5] = msgspec.structs.replace(alerts[5], velocity_60s=5)
    system.raise_alerts(*alerts)
    rules = rule_set(rules_of(system.documents).load().items)

    replayed = replay(alerts, rules, alerts[0].event_time)

    lived = [system.decision(alert) for alert in alerts]
    assert [decision.facts for decision in lived] == [decision.facts for decision in replayed]
    assert [decision.matches for decision in lived] == [decision.matches for decision in replayed]
    assert [decided_action(decision) for decision in lived] == [decided_action(decision) for decision in replayed]
    shadowed = rule_set([msgspec.structs.replace(rule, mode=Mode.SHADOW) for rule in rules.by_id.values()])
    for decision in lived:
        shadow = evaluate(shadowed, decision.facts).matches
        assert [(match.source, match.why) for match in shadow] == [
            (match.source, match.why) for match in decision.matches
        ]


def decided_action(decision: RuleDecision) -> tuple[Action | None, int, str] | None:
    card = decision.card
    return (card.action, card.revision, card.reason) if card else None
