"""A person decides in the browser; what is recorded stands in Firestore, Redis and the history."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from secrets import token_hex
from urllib.parse import urlencode

import msgspec
import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.cards import Action, CardAction
from fraud.reviews import Review, ReviewState, Verdict, opened
from fraud_service.cards.record import Cards
from fraud_service.reviews.acts import PAGE
from fraud_service.reviews.record import Reviews
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import to_document
from infra.local.functions.fraud_dashboard import FraudDashboard
from tests.builders import NOON, make_alert
from tests.integration.fraud_dashboard.conftest import Raise, look_at_alerts, sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere

LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""After whatever other tests have left in the same queue."""


@pytest.fixture
def desk(store: firestore.Client) -> Reviews:
    return Reviews(store)


@pytest.fixture
def review(desk: Reviews) -> Review:
    alert = make_alert(transaction_id=f"TXN_{token_hex(6)}", card_token=token_hex(32))
    made = opened(alert, Action.BLOCK_CARD, "rule:block@1", "velocity_60s is 5", NOON)
    desk.reference(made.transaction_id).set(to_document(made))
    card = CardAction(card_token=alert.card_token, revision=1, action=Action.BLOCK_CARD, source="rule:block@1")
    Cards(desk.documents, cache_client()).reference(alert.card_token).set(to_document(card))
    return made


@pytest.fixture
def jo(page: Page, review: Review) -> Page:
    """The page of the review, once its reader has said who they are."""
    page.goto(address(review.transaction_id))
    sign_in(page)
    return page


def address(transaction_id: str) -> str:
    return f"/reviews/review?{urlencode({'transaction_id': transaction_id})}"


def found(desk: Reviews, review: Review) -> Review:
    held = desk.find(review.transaction_id)
    assert held is not None
    return held


def test_a_review_is_claimed_and_decided_by_keyboard_alone(jo: Page, desk: Reviews, review: Review) -> None:
    jo.keyboard.press("c")
    expect(jo.get_by_text("Claimed, jo")).to_be_visible()
    jo.get_by_label("What others should know").focus()
    jo.keyboard.type("called the customer")
    jo.keyboard.press("Tab")
    jo.keyboard.press("Enter")
    expect(jo.locator(".history").last).to_contain_text("jo: noted: called the customer")
    jo.keyboard.press("f")
    expect(jo.get_by_role("button", name="Confirm fraud")).to_be_focused()
    assert found(desk, review).verdict is None
    jo.keyboard.press("Enter")
    expect(jo.get_by_text("confirmed fraud").first).to_be_visible()

    held = found(desk, review)
    assert (held.state, held.verdict, held.assignee) == (ReviewState.DECIDED, Verdict.CONFIRMED_FRAUD, "jo")
    assert [(act.person, act.what) for act in held.history] == [
        ("jo", "claimed"),
        ("jo", "noted"),
        ("jo", "CONFIRMED_FRAUD"),
    ]
    expect(jo.get_by_role("button", name="Claim")).to_have_count(0)


def test_a_false_positive_is_marked_and_the_card_released(jo: Page, desk: Reviews, review: Review) -> None:
    expect(jo.get_by_text("BLOCK CARD").first).to_be_visible()
    jo.get_by_role("button", name="Claim").click()
    jo.get_by_role("button", name="False positive").click()
    jo.get_by_label("Why it may be charged again").fill("was her")
    jo.get_by_role("button", name="Release card").click()
    expect(jo.get_by_text("released, person:jo: was her")).to_be_visible()

    assert found(desk, review).verdict is Verdict.FALSE_POSITIVE
    [state] = Cards(desk.documents, cache_client()).cached([review.card_token]).values()
    assert (state.action, state.source) == (None, "person:jo")
    assert review.card_token not in jo.content()


def test_a_verdict_is_taken_back_for_a_reason(jo: Page, desk: Reviews, review: Review) -> None:
    jo.get_by_role("button", name="Claim").click()
    jo.get_by_role("button", name="Confirm fraud").click()
    expect(jo.get_by_role("button", name="Reopen")).to_be_visible()
    jo.keyboard.press("u")
    jo.keyboard.type("looked at the wrong payment")
    jo.keyboard.press("Enter")
    expect(jo.get_by_role("button", name="False positive")).to_be_visible()
    expect(jo.locator(".history").last).to_contain_text("jo: reopened: looked at the wrong payment")
    held = found(desk, review)
    assert (held.state, held.verdict, held.decided_at, held.assignee) == (ReviewState.CLAIMED, None, None, "jo")


def test_a_card_is_not_released_against_a_fraud_that_another_review_has_confirmed(
    jo: Page, desk: Reviews, review: Review
) -> None:
    sibling = msgspec.structs.replace(
        review, transaction_id=f"TXN_{token_hex(6)}", state=ReviewState.DECIDED, verdict=Verdict.CONFIRMED_FRAUD
    )
    desk.reference(sibling.transaction_id).set(to_document(sibling))
    jo.get_by_label("Why it may be charged again").fill("was her")
    jo.get_by_role("button", name="Release card").click()
    expect(jo.get_by_role("alert")).to_contain_text(f"the review of {sibling.transaction_id} has confirmed fraud")
    [state] = Cards(desk.documents, cache_client()).recorded([review.card_token]).values()
    assert state.action is Action.BLOCK_CARD

    desk.reference(sibling.transaction_id).set(to_document(sibling) | {"verdict": None, "state": ReviewState.CLAIMED})
    jo.get_by_label("Why it may be charged again").fill("was her")
    jo.get_by_role("button", name="Release card").click()
    expect(jo.get_by_text("released, person:jo: was her")).to_be_visible()


def test_what_another_person_has_is_refused_with_the_reason(jo: Page, desk: Reviews, review: Review) -> None:
    jo.get_by_role("button", name="Claim").click()
    held = found(desk, review)
    desk.reference(review.transaction_id).set(to_document(held) | {"assignee": "kim"})
    jo.get_by_role("button", name="Confirm fraud").click()
    expect(jo.get_by_role("alert")).to_have_text("Not done: another person has the review.")
    assert found(desk, review).verdict is None


def test_a_review_is_accessible(jo: Page) -> None:
    jo.get_by_role("button", name="Claim").click()
    expect(jo.get_by_role("button", name="Confirm fraud")).to_be_visible()
    assert serious_everywhere(jo) == []


def test_the_queue_lists_what_is_open(jo: Page, review: Review) -> None:
    jo.get_by_role("link", name="Reviews", exact=True).click()
    jo.get_by_role("link", name=review.transaction_id).click()
    expect(jo.get_by_role("heading", name=review.transaction_id)).to_be_visible()


@pytest.fixture
def queue(desk: Reviews, review: Review) -> Iterator[None]:
    """More reviews than one page lists, and after them the newest and worst of all."""
    start = NOON - timedelta(days=1)
    several = {f"TXN_many_{number}": (50, start + timedelta(minutes=number)) for number in range(PAGE + 1)}
    made = [
        msgspec.structs.replace(review, transaction_id=name, fraud_score=score, opened_at=at)
        for name, (score, at) in {**several, "TXN_worst": (100, LATEST)}.items()
    ]
    for one in made:
        desk.reference(one.transaction_id).set(to_document(one))
    yield
    for one in made:
        desk.reference(one.transaction_id).delete()


@pytest.mark.usefixtures("queue")
def test_the_worst_and_the_newest_are_found_however_many_wait(page: Page) -> None:
    first = page.locator("tbody tr").first
    page.goto("/reviews")
    expect(first).to_contain_text("TXN_worst")
    page.get_by_role("link", name="Oldest first").click()
    expect(first).to_contain_text("TXN_many_0")
    page.get_by_role("link", name="The next ones").click()
    expect(page.get_by_role("link", name=f"TXN_many_{PAGE}", exact=True)).to_be_visible()
    page.get_by_role("link", name="From the start").click()
    page.get_by_role("link", name="Newest first").click()
    expect(first).to_contain_text("TXN_worst")


def test_decided_reviews_show_their_verdict_the_latest_first(page: Page, desk: Reviews, review: Review) -> None:
    late = {"opened_at": LATEST, "state": ReviewState.DECIDED, "verdict": Verdict.FALSE_POSITIVE}
    decided = msgspec.structs.replace(review, transaction_id="TXN_decided", **late)
    desk.reference("TXN_decided").set(to_document(decided))
    page.goto("/reviews")
    page.get_by_role("link", name="Decided").click()
    expect(page.locator("tbody tr").first).to_contain_text("TXN_decided")
    expect(page.locator("tbody tr").first).to_contain_text("False positive")
    assert serious_everywhere(page) == []


@pytest.mark.parametrize("hostile", ["a/b/c", "/", "..", "<script>", "ü %2F?&#"])
def test_whatever_its_id_a_review_is_opened_and_claimed(
    page: Page, desk: Reviews, review: Review, hostile: str
) -> None:
    named = msgspec.structs.replace(review, transaction_id=f"{hostile}{token_hex(2)}" if hostile != ".." else hostile)
    desk.reference(named.transaction_id).set(to_document(named))
    page.goto("/reviews")
    sign_in(page)
    page.get_by_role("link", name=named.transaction_id, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(named.transaction_id)
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_text("Claimed, jo")).to_be_visible()
    assert found(desk, named).state is ReviewState.CLAIMED


def test_an_act_without_a_name_asks_for_it_and_is_done_then(page: Page, desk: Reviews, review: Review) -> None:
    page.goto(address(review.transaction_id))
    page.get_by_label("What others should know").fill("called the customer")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    assert found(desk, review).history == []
    assert serious_everywhere(page) == []
    page.get_by_label("You are").fill("jo")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".history").last).to_contain_text("jo: noted: called the customer")
    expect(page.locator(".person")).to_have_text("jo")
    [act] = found(desk, review).history
    assert (act.person, act.note) == ("jo", "called the customer")


def test_saying_who_one_is_loses_nothing_that_was_typed(page: Page, desk: Reviews, review: Review) -> None:
    page.goto(address(review.transaction_id))
    page.get_by_label("What others should know").fill("called the customer")
    sign_in(page)
    expect(page.get_by_label("What others should know")).to_have_value("called the customer")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".history").last).to_contain_text("jo: noted: called the customer")
    assert found(desk, review).history[0].person == "jo"


def test_what_cannot_be_looked_at_leads_back(page: Page) -> None:
    page.goto("/reviews/review/claim")
    expect(page.get_by_role("heading", level=1)).to_have_text("Method Not Allowed")
    page.get_by_role("link", name="← Back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reviews")


COOKIES = "person=jo; csrf=0123456789"


@pytest.mark.parametrize(
    ("headers", "fields", "status"),
    [
        ({"Cookie": COOKIES}, {"csrf": "0123456789"}, 303),
        ({"Cookie": COOKIES}, {"csrf": "another"}, 403),
        ({"Cookie": COOKIES}, {}, 403),
        ({"Cookie": "person=jo"}, {"csrf": ""}, 403),
        ({"Cookie": COOKIES, "Sec-Fetch-Site": "cross-site"}, {"csrf": "0123456789"}, 403),
        ({"Cookie": COOKIES, "Origin": "http://evil.example"}, {"csrf": "0123456789"}, 403),
        ({"Cookie": COOKIES, "Host": "evil.example:8080"}, {"csrf": "0123456789"}, 421),
        ({"Cookie": COOKIES, "Content-Type": "application/json"}, {"csrf": "0123456789"}, 415),
        ({"Cookie": "csrf=0123456789"}, {"csrf": "0123456789"}, 401),
    ],
)
def test_only_the_page_itself_may_act(
    dashboard: FraudDashboard,
    desk: Reviews,
    review: Review,
    headers: dict[str, str],
    fields: dict[str, str],
    status: int,
) -> None:
    connection = HTTPConnection("127.0.0.1", dashboard.port, timeout=10)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": dashboard.url}
    body = urlencode(fields | {"transaction_id": review.transaction_id})
    connection.request("POST", "/reviews/review/claim", body, form | headers)
    assert connection.getresponse().status == status
    connection.close()
    assert (found(desk, review).state is ReviewState.CLAIMED) == (status == 303)


def test_an_alert_leads_to_its_review(page: Page, raise_alert: Raise, review: Review) -> None:
    raise_alert(transaction_id=review.transaction_id, sender_account_id="ACC_reviewed")
    raise_alert(transaction_id="TXN_unreviewed", sender_account_id="ACC_unreviewed")
    look_at_alerts(page).locator("#rows").get_by_role("button", name="ACC_unreviewed").click()
    expect(page.get_by_role("dialog").locator("[data-review]")).to_have_text("none")
    page.keyboard.press("Escape")
    page.locator("#rows").get_by_role("button", name="ACC_reviewed").click()
    page.get_by_role("dialog").get_by_role("link", name="Open the review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(review.transaction_id)
