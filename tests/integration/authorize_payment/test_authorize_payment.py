"""What a gateway is answered."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from fraud.cards import Action
from fraud.payments.event import MAX_EVENT_BYTES
from fraud_service.cards.record import Cards
from infra.local.functions.authorize_payment import AuthorizePayment
from infra.local.machine.workspace import REPOSITORY
from infra.local.stack.local_stack import LocalStack
from tests.builders import KEYS, as_json, rfc3339
from tests.integration.authorize_payment.conftest import Gateway, Holder, new_holder, record


def test_the_fifth_attempt_within_a_minute_is_declined(gateway: Gateway, holder: Holder) -> None:
    start = datetime.now(UTC) - timedelta(minutes=1)
    times = [start + timedelta(seconds=second) for second in (0, 10, 20, 30, 59.999999)]
    answers = [gateway.ask(holder.payment(event_time=rfc3339(at))) for at in times]

    assert [answer.verdict for answer in answers] == [("APPROVED", [])] * 4 + [("DECLINED", ["VELOCITY"])]
    assert [answer.document["velocity_60s"] for answer in answers] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("shared", ["credit_card", "device_id"])
def test_a_card_or_device_that_goes_round_is_challenged_then_declined(
    function: AuthorizePayment, gateway: Gateway, holder: Holder, shared: str
) -> None:
    same = {shared: holder.payment()[shared]}
    answers = [gateway.ask(new_holder(function).payment(**same)) for _ in range(10)]

    name, count = ("CARD", "card_accounts_1h") if shared == "credit_card" else ("DEVICE", "device_cards_1h")
    challenged, declined = ("CHALLENGE_3DS", [f"{name}_SHARED"]), ("DECLINED", [f"{name}_SPREAD"])
    assert [answer.verdict for answer in answers] == [("APPROVED", [])] * 4 + [challenged] * 5 + [declined]
    assert [answer.document[count] for answer in answers] == list(range(1, 11))


def test_a_minute_later_the_first_attempt_counts_no_more(gateway: Gateway, holder: Holder) -> None:
    start = datetime.now(UTC) - timedelta(minutes=1)
    times = [start + timedelta(seconds=second) for second in (0, 10, 20, 30, 60)]
    assert [gateway.ask(holder.payment(event_time=rfc3339(at))).verdict[0] for at in times] == ["APPROVED"] * 5


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        (Action.BLOCK_CARD, ("DECLINED", ["CARD_BLOCKED"])),
        (Action.REQUIRE_3DS, ("CHALLENGE_3DS", ["CARD_REQUIRES_3DS"])),
        (Action.MANUAL_REVIEW, ("APPROVED", ["CARD_IN_REVIEW"])),
    ],
)
@pytest.mark.parametrize("place", ["in Firestore only", "in Redis only"])
def test_what_is_decided_about_the_card_decides(
    gateway: Gateway, holder: Holder, cards: Cards, action: Action, place: str, verdict: tuple[str, list[str]]
) -> None:
    state = record(cards, holder, action)
    if place == "in Redis only":
        cards._put([state])
        cards.reference(holder.token).delete()

    answer = gateway.ask(holder.payment())

    assert answer.verdict == verdict
    assert answer.document["card_action"] == action
    assert gateway.ask(holder.payment()).verdict == verdict


def test_a_block_counts_from_the_moment_it_reaches_redis(gateway: Gateway, holder: Holder, cards: Cards) -> None:
    before = holder.payment()
    assert gateway.ask(before).verdict == ("APPROVED", [])
    cards._put([record(cards, holder, Action.BLOCK_CARD)])

    assert gateway.ask(holder.payment()).verdict == ("DECLINED", ["CARD_BLOCKED"])
    assert gateway.ask(before).verdict == ("APPROVED", [])


def test_a_card_is_blocked_whichever_account_it_is_used_from(
    function: AuthorizePayment, gateway: Gateway, holder: Holder, cards: Cards
) -> None:
    record(cards, holder, Action.BLOCK_CARD)
    other = new_holder(function)
    assert gateway.ask(other.payment(credit_card=holder.card, cvv="001")).verdict[0] == "DECLINED"
    assert gateway.ask(other.payment()).verdict[0] == "APPROVED"


def test_the_same_request_gets_the_same_answer_even_after_a_kill(
    local_stack: LocalStack, gateway: Gateway, holder: Holder
) -> None:
    payments = [holder.payment() for _ in range(5)]
    before = [gateway.ask(payment) for payment in payments]
    os.kill(local_stack.pids["authorize_payment"], signal.SIGKILL)
    local_stack.restart("authorize_payment")

    assert [gateway.ask(payment) for payment in payments] == before
    assert [answer.verdict[0] for answer in before] == ["APPROVED"] * 4 + ["DECLINED"]


def test_twins_are_one_attempt_with_one_answer(gateway: Gateway, holder: Holder) -> None:
    payment = holder.payment()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(gateway.ask, [payment] * 48))
    assert {str(answer) for answer in answers} == {str(answers[0])}
    assert gateway.ask(holder.payment()).document["velocity_60s"] == 2


def test_attempts_at_the_same_instant_are_counted_one_by_one(gateway: Gateway, holder: Holder) -> None:
    now = rfc3339(datetime.now(UTC))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(gateway.ask, [holder.payment(event_time=now) for _ in range(12)]))
    assert sorted(answer.document["velocity_60s"] for answer in answers) == list(range(1, 13))
    assert [answer.verdict[0] for answer in answers].count("APPROVED") == 4


def test_another_payment_under_a_used_transaction_id_is_a_conflict(gateway: Gateway, holder: Holder) -> None:
    payment = holder.payment()
    gateway.ask(payment)
    answer = gateway.ask(payment | {"cvv": "000"})
    assert (answer.status, answer.document["field"]) == (409, "transaction_id")
    assert gateway.ask(payment).verdict == ("APPROVED", [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "12.50"}, "amount"),
        ({"amount": -1}, "amount"),
        ({"credit_card": "4111111111111112"}, "credit_card"),
        ({"cvv": "12"}, "cvv"),
        ({"card_expiry": "13/30"}, "card_expiry"),
        ({"currency": "XQZ"}, "currency"),
        ({"event_time": "yesterday"}, "event_time"),
        ({"event_time": "2126-03-01T12:00:00Z"}, "event_time"),
        ({"sender_account_id": None}, "sender_account_id"),
        ({"transaction_id": ""}, "transaction_id"),
        ({"transaction_id": "T" * 65}, "transaction_id"),
        ({"merchant_id": "4111-1111-1111-1111", "credit_card": "4111111111111111"}, "merchant_id"),
    ],
)
def test_a_bad_field_is_named_and_its_value_is_not(
    gateway: Gateway, holder: Holder, changes: dict[str, object], field: str
) -> None:
    answer = gateway.ask(holder.payment(**changes))
    assert (answer.status, answer.kind, answer.document["field"]) == (400, "application/problem+json", field)
    assert not [value for value in changes.values() if value and str(value) in str(answer.document)]


def test_a_missing_field_is_named(gateway: Gateway, holder: Holder) -> None:
    payment = holder.payment()
    del payment["cvv"]
    answer = gateway.ask(payment)
    assert (answer.status, answer.document["field"], answer.document["detail"]) == (
        400,
        "cvv",
        "a required field is missing",
    )


@pytest.mark.parametrize(
    ("body", "method", "path", "headers", "status"),
    [
        pytest.param(b"no json", "POST", "/authorize", {}, 400, id="no JSON"),
        pytest.param(b"", "POST", "/authorize", {}, 400, id="empty"),
        pytest.param(b"[" * 10_000, "POST", "/authorize", {}, 400, id="deep nesting"),
        pytest.param(b'{"cvv": "\xff"}', "POST", "/authorize", {}, 400, id="not UTF-8"),
        pytest.param(b" " * (MAX_EVENT_BYTES + 1), "POST", "/authorize", {}, 413, id="too long"),
        pytest.param(b"{}", "POST", "/authorize", {"Content-Type": "text/plain"}, 415, id="another type"),
        pytest.param(b"", "GET", "/authorize", {}, 405, id="another method"),
        pytest.param(b"{}", "POST", "/authorise", {}, 404, id="another path"),
    ],
)
def test_a_request_that_is_none_is_a_problem(
    gateway: Gateway, body: bytes, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = gateway.send(body, method, path, {"Content-Type": "application/json"} | headers)
    assert (answer.status, answer.document["status"], answer.kind) == (status, status, "application/problem+json")


def test_logs_hold_no_card_data(
    function: AuthorizePayment, gateway: Gateway, holder: Holder, local_stack: LocalStack
) -> None:
    for changes in ({}, {"amount": "x"}, {"credit_card": f"{holder.card}0"}, {"merchant_id": holder.card}):
        gateway.ask(holder.payment(**changes))
    gateway.send(as_json(holder.payment())[:-20])
    log = local_stack.workspace.log(function.name).read_text()
    assert not [secret for secret in (holder.card, holder.card[-4:], "9173", "08/31") if secret in log]


COMPLETE = {"GOOGLE_CLOUD_PROJECT": "local-fraud", "REDIS_URL": "redis://127.0.0.1:1", "PII_HMAC_KEYS": KEYS}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    functions = REPOSITORY / "functions"
    options = ("--target", "authorize_payment", "--source", str(functions / "authorize_payment" / "main.py"))
    return subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "functions_framework", *options],
        env=environment | {"PYTHONPATH": str(functions)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("missing", COMPLETE)
def test_a_missing_variable_stops_the_start_by_its_name(missing: str) -> None:
    finished = start({name: value for name, value in COMPLETE.items() if name != missing})
    assert finished.returncode == 1
    assert missing in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_bad_setting_stops_the_start_by_its_name() -> None:
    finished = start({**COMPLETE, "AUTHORIZE_REDIS_TIMEOUT_SECONDS": "soon"})
    assert finished.returncode == 1
    assert "AUTHORIZE_REDIS_TIMEOUT_SECONDS" in finished.stderr
    assert "soon" not in finished.stderr
