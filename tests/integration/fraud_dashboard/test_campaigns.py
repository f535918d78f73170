"""A campaign looked at in the browser and blocked whole, as the record has it afterwards."""

from datetime import timedelta
from secrets import token_hex

from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.cards import Action
from fraud_service.alerts.record import AlertRecords
from fraud_service.cards.record import Cards
from fraud_service.clock import now
from fraud_service.stores.cache import cache_client
from tests.builders import make_alert
from tests.integration.fraud_dashboard.conftest import sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere


def test_a_campaign_is_found_and_all_its_cards_are_blocked(page: Page, store: firestore.Client) -> None:
    device, cards = f"device-{token_hex(6)}", [token_hex(32) for _ in range(3)]
    for number, card in enumerate(cards):
        alert = make_alert(
            transaction_id=f"TXN_{token_hex(6)}",
            sender_account_id=f"ACC_{token_hex(6)}",
            card_token=card,
            device_id=device,
            event_time=now() - timedelta(seconds=30 - number),
        )
        AlertRecords(store).record(alert, now())
    held = store.collection("alerts").document(alert.transaction_id).get(timeout=20).to_dict() or {}
    name = held["campaign_id"]

    page.goto("/campaigns")
    sign_in(page)
    expect(page.get_by_role("row", name=name)).to_contain_text("3")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("row", name=alert.sender_account_id)).to_contain_text(device)
    expect(page.get_by_role("link", name=device).first).to_have_attribute("href", f"/lists?kind=device&value={device}")
    expect(page.locator("#blocked")).to_have_text("0")
    assert serious_everywhere(page) == []
    page.get_by_label("Why all its cards are blocked").fill("one device, three cards")
    page.get_by_role("button", name="Block 3 cards").click()
    expect(page.locator("#blocked")).to_have_text("3")
    expect(page.get_by_role("button", name="Block 3 cards")).to_have_count(0)

    states = Cards(store, cache_client()).recorded(cards).values()
    assert {(one.action, one.source, one.reason) for one in states} == {
        (Action.BLOCK_CARD, "person:jo", "one device, three cards")
    }
