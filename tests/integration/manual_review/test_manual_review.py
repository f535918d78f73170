"""The fraud team's API as its own process, on a real Firestore emulator, Redis and Pub/Sub emulator."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection
from secrets import token_hex
from time import monotonic
from typing import Any

import msgspec
import pytest
from google.cloud import firestore

from fraud.cards import Action, CardAction
from fraud.reviews import Review, opened
from fraud_service import settings
from fraud_service.alerts.record import AlertRecords
from fraud_service.cards.record import Cards
from fraud_service.clock import now
from fraud_service.looks import Looks, What
from fraud_service.pubsub.topic import publisher
from fraud_service.reviews.record import TIMEOUT_S
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents, to_document
from fraud_service.stores.documents import documents as documents_client
from infra.local.functions.manual_review import ManualReview
from infra.local.stack.local_stack import LocalStack
from tests.builders import NOON, make_alert

Call = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def function(local_stack: LocalStack, stack_environment: dict[str, str]) -> Iterator[ManualReview]:
    del stack_environment
    local_stack.start("manual_review")
    component = local_stack.component("manual_review")
    assert isinstance(component, ManualReview)
    yield component
    for kept in (documents_client, cache_client, publisher, settings.project):
        kept.cache_clear()


@pytest.fixture
def call(function: ManualReview) -> Call:
    def request(method: str, path: str, body: object = None, person: str = "jo") -> tuple[int, dict[str, Any]]:
        connection = HTTPConnection("127.0.0.1", function.port, timeout=10)
        headers = {"Content-Type": "application/json"} | ({"X-Caller": person} if person else {})
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        document = json.loads(reply.read())
        connection.close()
        return reply.status, document

    return request


@pytest.fixture
def store(function: ManualReview, local_stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> firestore.Client:
    del function
    for name, value in local_stack.environment.items():
        monkeypatch.setenv(name, value)
    return documents()


def open_review(store: firestore.Client, at: datetime = NOON) -> Review:
    alert = make_alert(transaction_id=f"TXN_{token_hex(6)}", card_token=token_hex(32))
    review = opened(alert, Action.BLOCK_CARD, "rule:block@1", "velocity_60s is 5", at)
    store.collection("reviews").document(review.transaction_id).set(to_document(review))
    return review


def blocked(store: firestore.Client) -> CardAction:
    state = CardAction(card_token=token_hex(32), revision=1, action=Action.BLOCK_CARD, source="rule:block@1")
    Cards(store, cache_client()).reference(state.card_token).set(to_document(state))
    return state


def test_a_review_is_claimed_and_decided_with_its_history(call: Call, store: firestore.Client) -> None:
    path = f"/reviews/{open_review(store).transaction_id}"

    assert call("POST", f"{path}/claim")[1]["assignee"] == "jo"
    assert call("POST", f"{path}/notes", {"note": "called the customer"}, person="kim")[0] == 200
    status, review = call("POST", f"{path}/decide", {"verdict": "FALSE_POSITIVE", "note": "was her"})

    assert (status, review["state"], review["verdict"]) == (200, "DECIDED", "FALSE_POSITIVE")
    shown = call("GET", path)[1]
    assert shown == review
    assert [(act["person"], act["what"]) for act in shown["history"]] == [
        ("jo", "claimed"),
        ("kim", "noted"),
        ("jo", "FALSE_POSITIVE"),
    ]


def test_a_review_is_one_persons(call: Call, store: firestore.Client) -> None:
    path = f"/reviews/{open_review(store).transaction_id}"
    call("POST", f"{path}/claim")

    assert call("POST", f"{path}/claim", person="kim")[0] == 409
    assert call("POST", f"{path}/decide", {"verdict": "CONFIRMED_FRAUD"}, person="kim")[0] == 409
    assert call("POST", f"{path}/hand-back")[1]["state"] == "OPEN"
    assert call("POST", f"{path}/claim", person="kim")[1]["assignee"] == "kim"


def test_the_queue_is_read_in_pages_oldest_first(call: Call, store: firestore.Client) -> None:
    start = NOON - timedelta(days=400)
    mine = [open_review(store, start + timedelta(seconds=second)).transaction_id for second in range(3)]

    first = call("GET", f"/reviews?limit=2&after={start - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}")[1]
    second = call("GET", f"/reviews?limit=1&after={first['next']}")[1]

    assert [review["transaction_id"] for review in first["reviews"] + second["reviews"]] == mine


def test_decisions_make_the_false_positive_rate(call: Call, store: firestore.Client) -> None:
    before = call("GET", "/reviews/summary")[1]
    for verdict in ("CONFIRMED_FRAUD", "FALSE_POSITIVE"):
        path = f"/reviews/{open_review(store).transaction_id}"
        call("POST", f"{path}/claim")
        call("POST", f"{path}/decide", {"verdict": verdict})

    summary = call("GET", "/reviews/summary")[1]
    confirmed, false = summary["confirmed_fraud"], summary["false_positive"]
    assert (confirmed, false) == (before["confirmed_fraud"] + 1, before["false_positive"] + 1)
    assert summary["false_positive_rate"] == false / (confirmed + false)


def test_a_released_card_may_be_charged_again_and_the_act_is_kept(call: Call, store: firestore.Client) -> None:
    state = blocked(store)

    status, lifted = call("POST", "/cards/release", {"card_token": state.card_token, "reason": "was her"})

    assert (status, lifted["action"], lifted["revision"], lifted["source"]) == (200, None, 2, "person:jo")
    assert [one.action for one in Cards(store, cache_client()).cached([state.card_token]).values()] == [None]
    shown = call("POST", "/cards/show", {"card_token": state.card_token})[1]
    assert (shown["in_force"], [act["reason"] for act in shown["history"]]) == (None, ["was her"])


def test_a_card_with_a_confirmed_fraud_is_released_once_that_is_reopened(call: Call, store: firestore.Client) -> None:
    review = open_review(store)
    state = msgspec.structs.replace(blocked(store), card_token=review.card_token)
    Cards(store, cache_client()).reference(state.card_token).set(to_document(state))
    path, release = f"/reviews/{review.transaction_id}", {"card_token": review.card_token, "reason": "was her"}
    call("POST", f"{path}/claim")
    call("POST", f"{path}/decide", {"verdict": "CONFIRMED_FRAUD"})

    status, problem = call("POST", "/cards/release", release)
    assert (status, review.transaction_id in problem["detail"]) == (409, True)
    assert call("POST", f"{path}/reopen", {"note": "wrong payment"}, person="kim")[1]["assignee"] == "kim"
    assert call("POST", "/cards/release", release)[0] == 200


def test_a_verdict_of_fraud_blocks_a_card_that_was_released(call: Call, store: firestore.Client) -> None:
    review = open_review(store)
    state = CardAction(card_token=review.card_token, revision=1, action=Action.BLOCK_CARD, source="rule:block@1")
    Cards(store, cache_client()).reference(review.card_token).set(to_document(state))
    assert call("POST", "/cards/release", {"card_token": review.card_token, "reason": "the customer called"})[0] == 200
    path = f"/reviews/{review.transaction_id}"
    call("POST", f"{path}/claim")
    assert call("POST", f"{path}/decide", {"verdict": "CONFIRMED_FRAUD", "note": "it was not her"})[0] == 200

    story = call("POST", "/cards/show", {"card_token": review.card_token})[1]
    assert story["in_force"] == "BLOCK_CARD"
    assert (story["card"]["source"], story["card"]["reason"]) == ("person:jo", "it was not her")
    assert (story["card"]["transaction_id"], story["card"]["revision"]) == (review.transaction_id, 3)
    call("POST", f"{path}/decide", {"verdict": "CONFIRMED_FRAUD"})
    assert call("POST", "/cards/show", {"card_token": review.card_token})[1] == story


@pytest.mark.parametrize(("held", "verdict"), [("REQUIRE_3DS", "CONFIRMED_FRAUD"), (None, "FALSE_POSITIVE")])
def test_a_verdict_leaves_alone_what_is_in_force_or_honest(
    call: Call, store: firestore.Client, held: str | None, verdict: str
) -> None:
    review = open_review(store)
    if held:
        state = CardAction(card_token=review.card_token, revision=1, action=Action(held), source="rule:some@1")
        Cards(store, cache_client()).reference(review.card_token).set(to_document(state))
    path = f"/reviews/{review.transaction_id}"
    call("POST", f"{path}/claim")
    assert call("POST", f"{path}/decide", {"verdict": verdict})[0] == 200
    assert call("POST", "/cards/show", {"card_token": review.card_token})[1]["in_force"] == held


def test_every_card_of_a_campaign_is_blocked_at_once(call: Call, store: firestore.Client) -> None:
    device, base = token_hex(8), now() - timedelta(minutes=1)
    alerts = [
        make_alert(
            transaction_id=f"TXN_{token_hex(6)}",
            sender_account_id=f"ACC_{token_hex(6)}",
            card_token=token_hex(32),
            device_id=device,
            event_time=base + timedelta(seconds=number),
        )
        for number in range(3)
    ]
    for alert in alerts:
        AlertRecords(store).record(alert, now())
    stepped_up = CardAction(card_token=alerts[1].card_token, revision=1, action=Action.REQUIRE_3DS, source="rule:a@1")
    Cards(store, cache_client()).reference(stepped_up.card_token).set(to_document(stepped_up))
    held = store.collection("alerts").document(alerts[0].transaction_id).get(timeout=TIMEOUT_S).to_dict() or {}
    path = f"/campaigns/{held['campaign_id']}"

    shown = call("GET", path)[1]
    assert shown["transactions"] == [alert.transaction_id for alert in alerts]
    assert [shown[name] for name in ("alerts", "accounts", "cards", "blocked")] == [3, 3, 3, 0]
    assert held["campaign_id"] in {one["campaign_id"] for one in call("GET", "/campaigns")[1]["campaigns"]}
    assert call("POST", f"{path}/block", {"reason": ""})[1]["field"] == "reason"
    assert call("POST", f"{path}/block", {"reason": "one device"}, person="kim")[1]["blocked"] == 3

    states = [call("POST", "/cards/show", {"card_token": alert.card_token})[1] for alert in alerts]
    assert [one["in_force"] for one in states] == ["BLOCK_CARD"] * 3
    assert {(one["card"]["source"], one["card"]["reason"]) for one in states} == {("person:kim", "one device")}
    assert call("POST", f"{path}/block", {"reason": "again"})[1]["blocked"] == 3
    assert [call("POST", "/cards/show", {"card_token": alert.card_token})[1] for alert in alerts] == states
    assert call("GET", "/campaigns/none")[0] == 404


def test_a_release_comes_again_without_a_second_entry(call: Call, store: firestore.Client) -> None:
    body = {"card_token": blocked(store).card_token, "reason": "was her"}
    assert call("POST", "/cards/release", body) == call("POST", "/cards/release", body)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("GET", "/reviews/TXN_unknown", None, 404, None),
        ("POST", "/reviews/TXN_unknown/claim", None, 404, None),
        ("GET", "/reviews?state=LOST", None, 400, "state"),
        ("GET", "/reviews?limit=0", None, 400, "limit"),
        ("GET", "/reviews?after=noon", None, 400, "after"),
        ("GET", "/reviews?after=2026-03-01T12:00:00", None, 400, "after"),
        ("GET", "/reviews/summary?days=x", None, 400, "days"),
        ("POST", "/reviews/TXN_1/decide", {"verdict": "MAYBE"}, 400, "verdict"),
        ("POST", "/reviews/TXN_1/decide", {}, 400, "verdict"),
        ("POST", "/reviews/TXN_1/notes", {"note": ""}, 400, "note"),
        ("POST", "/cards/release", {"card_token": "4111111111111111", "reason": "x"}, 400, "card_token"),
        ("POST", "/cards/release", {"card_token": "b" * 64}, 400, "reason"),
        ("DELETE", "/reviews/TXN_1", None, 405, None),
        ("GET", "/", None, 404, None),
    ],
)
def test_a_bad_request_is_told_which_field_is_wrong(
    call: Call, method: str, path: str, body: object, status: int, field: str | None
) -> None:
    answer, problem = call(method, path, body)
    assert (answer, problem["status"], problem.get("field")) == (status, status, field)
    assert "4111" not in json.dumps(problem)


def test_an_act_needs_a_name(call: Call) -> None:
    assert call("POST", "/reviews/TXN_1/claim", person="")[0] == 401


def test_a_firestore_that_says_nothing_is_answered_for_within_its_bound(local_stack: LocalStack, call: Call) -> None:
    call("GET", "/reviews/TX_1")
    os.kill(local_stack.pids["firestore"], signal.SIGSTOP)
    try:
        began = monotonic()
        status, problem = call("GET", "/reviews/TX_1")
        assert (status, problem["detail"]) == (503, "Firestore does not answer: DeadlineExceeded")
        assert monotonic() - began < TIMEOUT_S + 1
    finally:
        os.kill(local_stack.pids["firestore"], signal.SIGCONT)


def test_who_looked_at_a_review_or_a_card_is_recorded(call: Call, store: firestore.Client) -> None:
    review = open_review(store)
    for person in ("jo", "kim"):
        call("GET", f"/reviews/{review.transaction_id}", person=person)
    call("POST", "/cards/show", {"card_token": review.card_token}, person="")
    looks = Looks(store)
    assert [look.person for look in looks.at(What.REVIEW, review.transaction_id)] == ["jo", "kim"]
    assert [look.person for look in looks.at(What.CARD, review.card_token)] == ["not named"]
    assert looks.at(What.ACCOUNT, review.transaction_id) == []
    assert review.transaction_id not in str([one.to_dict() for one in store.collection("looks").stream()])
