"""A subject's report and erasure in the browser, by the erasure function over the real stores."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from secrets import token_hex
from urllib.parse import urlencode

import pytest
import redis
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, firestore
from playwright.sync_api import Page, expect

from fraud_service.subjects.acts import COLLECTION
from infra.local.functions.fraud_dashboard import FraudDashboard
from infra.local.stack.local_stack import LocalStack
from tests.integration.fraud_dashboard.conftest import sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere
from tests.integration.gdpr_erasure.estate import Estate, card_number

ERASED_WITHIN_MS = 90_000


@pytest.fixture
def estate(local_stack: LocalStack, store: firestore.Client) -> Iterator[Estate]:
    local_stack.start("gdpr_erasure")
    environment = local_stack.environment
    options = {"api_endpoint": environment["BIGQUERY_EMULATOR_HOST"]}
    tables = bigquery.Client(environment["GOOGLE_CLOUD_PROJECT"], AnonymousCredentials(), client_options=options)
    cache = redis.Redis.from_url(environment["REDIS_URL"], decode_responses=True)
    with tables, cache:
        yield Estate(local_stack, tables, store, cache)


@pytest.fixture
def jo(page: Page, estate: Estate) -> Page:
    """The subject page, once its reader has said who they are."""
    del estate
    page.goto("/subjects")
    sign_in(page)
    return page


def acts(estate: Estate, person: str) -> list[tuple[str, str]]:
    found = [snapshot.to_dict() or {} for snapshot in estate.documents.collection(COLLECTION).stream()]
    return [(act["what"], act["outcome"]) for act in found if act["person"] == person]


def test_a_report_is_shown_and_who_asked_is_recorded(page: Page, estate: Estate) -> None:
    card, payment, who = card_number(), f"TXN_{token_hex(6)}", f"kim {token_hex(4)}"
    estate.pay(estate.token(card), estate.append(1), transaction_id=payment)
    page.goto("/subjects")
    sign_in(page, who)
    page.get_by_label("Identifier").fill(card)
    page.get_by_role("button", name="Show what is held").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is held: 5 records")
    expect(page.get_by_role("region", name="Records in bigquery.payment_transactions", exact=True)).to_contain_text(
        payment
    )
    assert card not in page.content() + page.url
    assert serious_everywhere(page) == []
    [(what, report_id)] = acts(estate, who)
    assert what == "report"
    expect(page.locator(".facts").first).to_contain_text(report_id)


def test_an_erasure_is_confirmed_followed_and_receipted(jo: Page, estate: Estate) -> None:
    card = card_number()
    token = estate.token(card)
    estate.pay(token, estate.append(1))
    jo.get_by_label("Identifier").fill(card)
    jo.get_by_text("Erase this subject…").click()
    jo.get_by_role("button", name="Erase for good").click()
    expect(jo.locator("#confirmed-wrong")).to_be_visible()
    assert serious_everywhere(jo) == []
    assert all(estate.rows_left(token)[table] for table in ("payment_transactions", "fraud_velocity_alerts"))

    expect(jo.get_by_label("Identifier")).to_have_value("")
    jo.get_by_label("Identifier").fill(card)
    jo.get_by_label("I have checked who asks").check()
    jo.get_by_role("button", name="Erase for good").click()
    expect(jo.get_by_role("heading", level=1)).to_have_text("Erasure")
    assert re.search(r"/subjects/erasures/[0-9a-f]{32}\Z", jo.url)
    estate.settle()
    expect(jo.locator("[aria-current=step]")).to_contain_text("Completed", timeout=ERASED_WITHIN_MS)
    expect(jo.get_by_role("row", name="bigquery.payment_transactions 1 1", exact=True)).to_be_visible()
    expect(jo.locator(".facts").first).to_contain_text("jo")
    assert serious_everywhere(jo) == []
    assert card not in jo.content()
    assert not any(estate.rows_left(token).values())


@pytest.mark.parametrize(
    ("kind", "identifier", "problem"),
    [
        ("credit_card", "4111 1111 1111 1112", "Not a card number."),
        ("card_token", "4111 1111 1111 1111", "Not 64 hexadecimal digits."),
    ],
)
def test_a_wrong_identifier_is_refused_beside_its_field(jo: Page, kind: str, identifier: str, problem: str) -> None:
    jo.get_by_label("Named by").select_option(kind)
    jo.get_by_label("Identifier").fill(identifier)
    jo.get_by_role("button", name="Show what is held").click()
    expect(jo.locator("#identifier-wrong")).to_have_text(problem)
    expect(jo.get_by_label("Named by")).to_have_value(kind)
    assert identifier not in jo.content()


@pytest.mark.parametrize("path", ["/subjects/erasures/TXN_1", f"/subjects/erasures/{'0' * 32}"])
def test_there_is_no_such_erasure(jo: Page, path: str) -> None:
    reply = jo.request.get(path)
    assert (reply.status, reply.json()["detail"]) == (404, "there is no such request")


COOKIES = "person=jo; csrf=0123456789"


@pytest.mark.parametrize("path", ["/subjects/report", "/subjects/erasures"])
@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({"Cookie": COOKIES}, "another", 403),
        ({"Cookie": COOKIES, "Sec-Fetch-Site": "cross-site"}, "0123456789", 403),
        ({"Cookie": COOKIES, "Host": "evil.example:8080", "Origin": "http://evil.example:8080"}, "0123456789", 421),
        ({"Cookie": COOKIES, "Origin": "http://evil.example:8080"}, "0123456789", 403),
        ({"Cookie": "csrf=0123456789"}, "0123456789", 401),
    ],
)
def test_only_the_page_itself_asks(
    dashboard: FraudDashboard, path: str, headers: dict[str, str], token: str, status: int
) -> None:
    connection = HTTPConnection("127.0.0.1", dashboard.port, timeout=20)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": dashboard.url}
    fields = {"csrf": token, "kind": "card_token", "identifier": "a" * 64, "confirmed": "yes"}
    connection.request("POST", path, urlencode(fields), form | headers)
    assert connection.getresponse().status == status
    connection.close()
