"""A detection changed in the browser, as the record has it afterwards."""

from datetime import timedelta
from secrets import token_hex

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.detections.detection import Detection
from fraud.rules.rule import Mode
from fraud_service.clock import now
from fraud_service.detections.record import detections_of
from fraud_service.stores.versions import Versions
from sql.warehouse import Warehouse
from tests.integration.fraud_dashboard.conftest import sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere
from tests.integration.sql.rows import insert


@pytest.fixture
def record(store: firestore.Client) -> Versions[Detection]:
    return detections_of(store)


def test_a_detection_is_tried_saved_and_switched(page: Page, record: Versions[Detection], warehouse: Warehouse) -> None:
    account, payment, name = f"ACC_{token_hex(6)}", f"TXN_{token_hex(6)}", f"d-{token_hex(4)}"
    row = {"transaction_id": payment, "sender_account_id": account, "currency": "USD"}
    insert(warehouse, "payment_transactions_fraud", row | {"event_time": now() - timedelta(minutes=1)})

    page.goto("/new-detection")
    sign_in(page)
    page.get_by_label("Id, ").fill(name)
    page.get_by_label("When").fill(f"sender_account_id == '{account}'")
    page.get_by_label("Flag").fill("WATCHED")
    page.get_by_label("Alerts by itself").check()
    page.get_by_role("button", name="Try on the last day").click()
    expect(page.locator("#trial strong")).to_have_text("1")
    expect(page.locator("#trial li")).to_contain_text(f"WATCHED (10): sender_account_id is {account}")
    assert serious_everywhere(page) == []
    assert record.find(name) is None

    page.get_by_role("button", name="Save the new detection").click()
    expect(page.locator("h1")).to_contain_text(name)
    page.get_by_role("button", name="Switch to live").click()
    expect(page.locator("h1 .mode")).to_have_text("live")
    held = record.find(name)
    assert held is not None
    assert (held.flag, held.points, held.alerts_alone, held.mode) == ("WATCHED", 10, True, Mode.LIVE)
    assert (held.version, held.author) == (2, "jo")
    page.get_by_role("link", name="Detections", exact=True).click()
    expect(page.get_by_role("row", name=name)).to_contain_text("WATCHED")
    record.change(Detection(detection_id=name, expression="false", flag="WATCHED", points=0, mode=Mode.OFF), None)


def test_an_error_stands_beside_its_field(page: Page, record: Versions[Detection]) -> None:
    name = f"d-{token_hex(4)}"
    page.goto("/new-detection")
    sign_in(page)
    page.get_by_label("Id, ").fill(name)
    page.get_by_label("When").fill("fraud_score > 1")
    page.get_by_label("Flag").fill("WATCHED")
    page.get_by_role("button", name="Save the new detection").click()
    expect(page.locator("#expression-wrong")).to_contain_text("there is no field fraud_score")
    assert record.find(name) is None
