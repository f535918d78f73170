"""What the gate held back, in the browser: listed with what held it back, and raised by a person."""

from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.erasure.mark import Mark
from fraud.reviews import ReviewState
from fraud_service.cards.erased import ErasedCards
from fraud_service.reviews.record import Reviews
from sql.warehouse import Warehouse
from tests.integration.fraud_dashboard.conftest import sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere
from tests.integration.sql.rows import Row, insert

NONE = "\N{EN DASH}"
MODEL = "3af7c177429f" + "0" * 52


def held_back(**changes: object) -> Row:
    return {
        "transaction_id": f"TXN_{token_hex(6)}",
        "event_time": datetime.now(UTC) - timedelta(minutes=5),
        "sender_account_id": f"ACC_{token_hex(4)}",
        "currency": "USD",
        "card_token": token_hex(32),
        "velocity_60s": 4,
        "is_velocity_fraud": True,
        "severity": "HIGH",
        "is_alert": False,
        "fraud_probability": 0.0625,
        "model_version": MODEL,
        "gate": "SUPPRESSED",
        "model_reasons": ["amount: 51.20 USD (against fraud, 1.20)"],
        **changes,
    }


@pytest.fixture
def trip(warehouse: Warehouse) -> Row:
    """A payment that the gate held back, one of the sample, and one that alerted for another reason."""
    row = held_back()
    insert(warehouse, "payment_transactions_fraud", row, held_back(gate="SAMPLED"), held_back(is_alert=True))
    return row


def test_what_was_held_back_is_listed_with_what_did_so(page: Page, trip: Row) -> None:
    page.goto("/models/suppressed")
    row = page.get_by_role("row").filter(has_text=trip["transaction_id"])
    expect(row).to_contain_text("0.062 of 0.8")
    expect(row).to_contain_text("3af7c177429f")
    expect(page.get_by_text("sample", exact=True).first).to_be_visible()
    expect(row.get_by_role("listitem")).to_have_text(["amount: 51.20 USD (against fraud, 1.20)"])
    assert serious_everywhere(page) == []


def test_one_that_alerted_all_the_same_is_not(page: Page, warehouse: Warehouse) -> None:
    alerted, row = held_back(is_alert=True), held_back()
    insert(warehouse, "payment_transactions_fraud", alerted, row)
    page.goto("/models/suppressed")
    expect(page.get_by_role("row").filter(has_text=row["transaction_id"])).to_have_count(1)
    expect(page.get_by_role("row").filter(has_text=alerted["transaction_id"])).to_have_count(0)


def test_a_person_raises_one_once(page: Page, trip: Row, store: firestore.Client) -> None:
    for reason in ("the shops are far apart", "said twice"):
        page.goto("/models/suppressed")
        if not page.locator("span.person").count():
            sign_in(page)
            page.goto("/models/suppressed")
        page.get_by_label(f"Why {trip['transaction_id']} should be looked at").fill(reason)
        page.get_by_role("row").filter(has_text=trip["transaction_id"]).get_by_role("button", name="Raise").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(trip["transaction_id"])

    expect(page.get_by_role("definition").filter(has_text="0.062 probable").get_by_role("listitem")).to_have_text(
        trip["model_reasons"]
    )
    review = Reviews(store).find(trip["transaction_id"])
    assert review is not None
    assert (review.fraud_probability, review.model_reasons) == (0.0625, trip["model_reasons"])
    assert (review.state, review.source, review.reason) == (ReviewState.OPEN, "person:jo", "the shops are far apart")
    assert [(act.person, act.what, act.note) for act in review.history] == [
        ("jo", "raised by hand", "the shops are far apart")
    ]


def test_one_that_was_erased_meanwhile_is_not_recorded_again(
    page: Page, warehouse: Warehouse, store: firestore.Client
) -> None:
    row = held_back(transaction_id=f"TXN_{token_hex(6)}")
    insert(warehouse, "payment_transactions_fraud", row)
    now = datetime.now(UTC)
    marks = {row["card_token"]: Mark({"0": 10}, now)}
    ErasedCards(store).add(marks, now + timedelta(days=1))
    page.goto("/models/suppressed")
    sign_in(page)
    page.goto("/models/suppressed")
    page.get_by_label(f"Why {row['transaction_id']} should be looked at").fill("why")
    page.get_by_role("row").filter(has_text=row["transaction_id"]).get_by_role("button", name="Raise").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Held back by the classifier")
    assert Reviews(store).find(row["transaction_id"]) is None


def test_models_are_compared_by_week(page: Page, warehouse: Warehouse) -> None:
    version, beside, topic = token_hex(32), token_hex(32), token_hex(8)
    row = held_back(
        model_version=version,
        challenger_version=beside,
        challenger_probability=0.9,
        features_complete=True,
        kafka_topic=topic,
        kafka_offset=1,
    )
    insert(warehouse, "payment_transactions_fraud", row, held_back(model_version=version, features_complete=True))
    insert(
        warehouse, "payment_labels", {"is_fraud": False, "source": "REVIEW", "kafka_topic": topic, "kafka_offset": 1}
    )
    page.goto("/models")
    champion = page.get_by_role("region", name=f"Weeks of {version[:12]}, champion").locator("tbody tr")
    paid = row["event_time"]
    week = (paid - timedelta(days=paid.weekday())).date()
    expect(champion.locator("th time")).to_have_text([f"{week}"])  # no hour, which another zone would make another day
    expect(champion.locator("td")).to_have_text(["2", "2", "100.0 %", "1", NONE, "0.0 %", "0.0039"])
    challenger = page.get_by_role("region", name=f"Weeks of {beside[:12]}, challenger").locator("tbody tr")
    expect(challenger.locator("td")).to_have_text(["1", "1", "0.0 %", "1", "0.0 %", "100.0 % above 10.0 %", "0.8100"])
    assert serious_everywhere(page) == []


def test_a_model_whose_world_has_moved_is_marked(page: Page, warehouse: Warehouse) -> None:
    version, now = token_hex(32), datetime.now(UTC)
    for ago, velocity in ((2, 4), (1, 16)):
        row = {"model_version": version, "event_time": now - timedelta(weeks=ago), "velocity_60s": velocity}
        insert(warehouse, "payment_transactions_fraud", *(held_back(**row) for _ in range(1_000)))
    page.goto("/models")
    weeks = page.get_by_role("region", name=f"Drift of {version[:12]}").locator("tbody tr")
    expect(weeks).to_have_count(2)
    expect(weeks.first).to_contain_text("velocity_60s")
    expect(weeks.first.locator(".level")).to_have_text(["act"])
    expect(weeks.last).to_contain_text("what other weeks are compared with")
    assert serious_everywhere(page) == []
