"""What a subject is told: everything that is held, everywhere, and who asked is recorded."""

from http.client import HTTPConnection
from secrets import token_hex

from fraud.cards import Action
from infra.local.functions.gdpr_erasure import GdprErasure
from infra.local.stack.local_stack import LocalStack
from tests.integration.gdpr_erasure.conftest import Call
from tests.integration.gdpr_erasure.estate import Estate, card_number


def test_everything_held_on_a_card_is_told(estate: Estate, call: Call, local_stack: LocalStack) -> None:
    card, transaction, account = card_number(), f"TXN_{token_hex(6)}", f"ACC_{token_hex(4)}"
    token = estate.token(card)
    estate.pay(token, 0, transaction_id=transaction, sender_account_id=account)
    estate.pay(token_hex(32), 0)
    estate.profile(account, token)
    estate.alert(token, account, transaction)
    estate.act(token, Action.REQUIRE_3DS)

    status, report = call("POST", "/subject-report", {"credit_card": card}, {"X-Caller": "dpo@example.org"})

    assert status == 200
    held = {one["place"]["store"]: one for one in report["holdings"]}
    assert {store: len(one["records"]) for store, one in held.items()} == {
        "bigquery.payment_transactions": 1,
        "bigquery.payment_transactions_fraud": 1,
        "bigquery.fraud_velocity_alerts": 1,
        "bigquery.account_profiles": 1,
        "bigquery.payment_late_events": 0,
        "bigquery.payment_labels": 1,
        "bigquery.pii_masking_audit": 1,
        "firestore.alerts": 1,
        "firestore.reviews": 1,
        "firestore.decisions": 0,
        "firestore.cards": 1,
        "firestore.lists": 0,
        "firestore.erased_cards": 0,
        "redis.erased_cards": 0,
        "redis.alert_stream": 1,
        "firestore.incidents": 1,
        "firestore.deliveries": 1,
        "redis.live_alerts": 1,
        "redis.counted_alerts": 1,
    }
    assert "the fraud team" in report["recipients"]
    assert report["sources"]
    assert [set(one) for one in report["decisions"]] == [{"decision", "logic", "consequence"}] * 3
    assert held["bigquery.pii_masking_audit"]["records"][0]["user_email"] == "jo.doe@example.org"
    assert all(one["fields"][name] for one in held.values() for record in one["records"] for name in record)
    access = estate.documents.collection("subject_reports").document(report["report_id"]).get().to_dict() or {}
    assert (access["requested_by"], access["records"]) == ("dpo@example.org", 14)
    logged = local_stack.workspace.log("gdpr_erasure").read_text()
    assert report["report_id"] in logged
    assert token not in logged + repr(access)


def test_a_hash_tells_of_its_whole_card(estate: Estate, call: Call) -> None:
    token, digest = token_hex(32), token_hex(32)
    estate.pay(token, 0, pii_hash=digest)
    estate.pay(token, 1)
    _, report = call("POST", "/subject-report", {"pii_hash": digest})
    assert len(report["holdings"][0]["records"]) == 2


def test_a_person_gets_a_page(estate: Estate, function: GdprErasure, call: Call) -> None:
    del estate
    connection = HTTPConnection("127.0.0.1", function.port, timeout=30)
    body, headers = f'{{"card_token": "{token_hex(32)}"}}', {"Content-Type": "application/json", "Accept": "text/html"}
    connection.request("POST", "/subject-report", body, headers)
    reply = connection.getresponse()
    page = reply.read().decode()
    connection.close()
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    _, report = call("POST", "/subject-report", {"card_token": token_hex(32)})
    assert page.count("Nothing is held.") == len(report["holdings"])


def test_an_unknown_subject_gets_a_report_of_nothing(call: Call) -> None:
    status, report = call("POST", "/subject-report", {"card_token": token_hex(32)})
    assert status == 200
    assert {len(one["records"]) for one in report["holdings"]} == {0}


def test_an_incident_tells_of_the_subject_s_own_payments_alone(estate: Estate, call: Call) -> None:
    token, account, mine = token_hex(32), f"ACC_{token_hex(4)}", f"TXN_{token_hex(6)}"
    estate.alert(token, account, mine)
    other = estate.alert(token_hex(32), account, f"TXN_{token_hex(6)}").transaction_id
    _, report = call("POST", "/subject-report", {"card_token": token})
    [incident] = next(one["records"] for one in report["holdings"] if one["place"]["store"] == "firestore.incidents")
    assert [one["transaction_id"] for one in incident["transactions"]] == [mine]
    assert other not in str(report)
