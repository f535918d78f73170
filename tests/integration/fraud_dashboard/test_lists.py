"""Lists changed in the browser, as the record and the authorisation's copy have them afterwards."""

from secrets import token_hex

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.lists import ListEntry, Listing
from fraud_service.lists.record import COPY, lists_of
from fraud_service.stores.cache import cache_client
from fraud_service.stores.versions import Versions
from tests.integration.fraud_dashboard.conftest import sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere

HEADER = "kind,value,listing,reason,expires_at"


@pytest.fixture
def record(store: firestore.Client) -> Versions[ListEntry]:
    return lists_of(store)


def device_name() -> str:
    return f"device-{token_hex(6)}"


def test_an_entry_is_put_on_found_changed_and_taken_off(page: Page, record: Versions[ListEntry]) -> None:
    device = device_name()
    page.goto(f"/lists?kind=device&value={device}")
    sign_in(page)
    page.get_by_label("Why").fill("an emulator")
    page.get_by_label("Until").fill("2031-12-31T12:00")
    page.get_by_role("button", name="Put on the list").click()
    expect(page.locator("#state")).to_contain_text("In force until")
    held = record.find(f"device:{device}")
    assert held is not None
    assert (held.listing, held.reason, held.author, held.removed) == (Listing.BLOCK, "an emulator", "jo", False)
    assert held.expires_at is not None
    assert held.expires_at.isoformat() == "2031-12-31T12:00:00+00:00"
    assert cache_client().hexists(COPY, f"device:{device}")
    assert serious_everywhere(page) == []

    page.locator("select[name=listing]").select_option("ALLOW")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("h1 .flag")).to_have_text("ALLOW")
    page.goto("/lists?listing=ALLOW&value=EMULATOR")
    expect(page.get_by_role("row", name=device)).to_contain_text("ALLOW")
    page.goto(f"/lists?listing=BLOCK&value={device}")
    expect(page.get_by_role("row", name=device)).to_have_count(0)

    page.goto(f"/lists?value={device}")
    page.get_by_role("button", name=f"Take device {device} off").click()
    expect(page.locator("#state")).to_have_text("On no list: it was taken off.")
    expect(page.locator(".history li")).to_have_count(3)
    taken = record.find(f"device:{device}")
    assert taken is not None
    assert taken.removed


def test_an_error_stands_beside_its_field_and_nothing_typed_is_lost(page: Page) -> None:
    page.goto("/lists?kind=network")
    sign_in(page)
    page.get_by_label("Value:").fill("203.0.113.7")
    page.get_by_label("Why").fill("an open proxy")
    page.get_by_role("button", name="Put on the list").click()
    expect(page.locator("#value-wrong")).to_contain_text(
        "a network is a prefix such as 203.0.113.0/24", ignore_case=True
    )
    expect(page.get_by_label("Value:")).to_have_value("203.0.113.7")
    expect(page.get_by_label("Why")).to_have_value("an open proxy")
    expect(page.get_by_label("About").last).to_have_value("network")


def test_a_file_is_taken_whole_or_not_at_all_and_comes_back(page: Page, record: Versions[ListEntry]) -> None:
    first, second = device_name(), device_name()
    good, bad = f"device,{first},BLOCK,a farm,", f"device,{second},MAYBE,a farm,"
    page.goto("/lists")
    sign_in(page)
    lines = page.get_by_label("Lines of CSV")
    lines.fill("\n".join([HEADER, good, bad]))
    page.get_by_role("button", name="Put all on").click()
    expect(page.locator("#file-wrong")).to_contain_text("line 3", ignore_case=True)
    expect(lines).to_have_value("\n".join([HEADER, good, bad]))
    assert record.find(f"device:{first}") is None

    lines.fill("\n".join([HEADER, good, bad.replace("MAYBE", "ALLOW")]))
    page.get_by_role("button", name="Put all on").click()
    expect(page.get_by_role("status")).to_have_text("2 entries read, 2 of them put on a list or changed.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all as CSV").click()
    exported = download.value.path().read_text()
    assert exported.startswith(HEADER)
    assert good in exported
    assert record.find(f"device:{second}") is not None


def test_the_account_page_leads_to_its_entry(page: Page) -> None:
    page.goto("/accounts?account=ACC_100")
    page.get_by_role("link", name="Block or allow it").click()
    expect(page.get_by_label("Value:")).to_have_value("ACC_100")
    expect(page.get_by_label("About").last).to_have_value("account")
