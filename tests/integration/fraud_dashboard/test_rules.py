"""A rule changed in the browser, as the record has it afterwards."""

from datetime import timedelta
from secrets import token_hex

import msgspec
import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.cards import Action
from fraud.reviews import ReviewState, Verdict, opened
from fraud.rules.rule import Mode, Rule
from fraud_service.clock import now
from fraud_service.reviews.record import Reviews
from fraud_service.rules.record import rules_of
from fraud_service.stores.documents import to_document
from fraud_service.stores.versions import Versions
from sql.warehouse import Warehouse
from tests.builders import make_alert
from tests.integration.fraud_dashboard.conftest import sign_in
from tests.integration.fraud_dashboard.test_accessibility import serious_everywhere
from tests.integration.sql.rows import insert


@pytest.fixture
def record(store: firestore.Client) -> Versions[Rule]:
    return rules_of(store)


@pytest.fixture
def rule(record: Versions[Rule]) -> Rule:
    wanted = Rule(
        rule_id=f"r-{token_hex(4)}", expression="fraud_score > 80", action=Action.MANUAL_REVIEW, changed_at=now()
    )
    return record.change(wanted, 0)


@pytest.fixture
def jo(page: Page, rule: Rule) -> Page:
    page.goto(f"/rules/{rule.rule_id}")
    sign_in(page)
    return page


def standing(record: Versions[Rule], rule: Rule) -> Rule:
    found = record.find(rule.rule_id)
    assert found is not None
    return found


def test_a_rule_is_switched_and_edited(jo: Page, record: Versions[Rule], rule: Rule) -> None:
    jo.get_by_role("button", name="Switch to shadow").click()
    expect(jo.locator("h1 .mode")).to_have_text("shadow")
    jo.get_by_label("When").fill("fraud_score > 90")
    jo.get_by_label("Seconds that the action holds").fill("3600")
    jo.get_by_role("button", name="Save as version 3").click()
    expect(jo.locator(".history li").first).to_contain_text("jo: version 3, shadow")

    held = standing(record, rule)
    assert (held.mode, held.expression, held.action_life_s, held.author) == (
        Mode.SHADOW,
        "fraud_score > 90",
        3_600,
        "jo",
    )
    jo.get_by_role("link", name="Rules", exact=True).click()
    expect(jo.get_by_role("row", name=rule.rule_id)).to_contain_text("fraud_score > 90")
    expect(jo.get_by_role("link", name="New rule")).to_have_attribute("href", "/new-rule")


@pytest.mark.parametrize(
    ("label", "value", "field"),
    [
        ("When", "fraud_score >", "expression"),
        ("When", "no_such_field > 1", "expression"),
        ("Priority", "high", "priority"),
        ("Seconds that the action holds", "5", "action_life_s"),
    ],
)
def test_an_error_stands_beside_its_field(
    jo: Page, record: Versions[Rule], rule: Rule, label: str, value: str, field: str
) -> None:
    jo.get_by_label(label).fill(value)
    jo.get_by_role("button", name="Save as version 2").click()
    expect(jo.locator(f"#{field}-wrong")).to_be_visible()
    expect(jo.get_by_label(label)).to_have_value(value)
    assert standing(record, rule) == rule


def test_a_change_to_another_version_is_refused(jo: Page, record: Versions[Rule], rule: Rule) -> None:
    record.change(rule, 1)
    jo.get_by_role("button", name="Switch to off").click()
    expect(jo.get_by_role("alert")).to_contain_text("somebody has saved version 2 meanwhile")
    assert standing(record, rule).mode is Mode.LIVE


def test_a_colleagues_text_stands_beside_ones_own(jo: Page, record: Versions[Rule], rule: Rule) -> None:
    jo.get_by_label("When").fill("fraud_score > 70")
    record.change(msgspec.structs.replace(rule, expression="fraud_score > 95", author="kim"), 1)
    jo.get_by_role("button", name="Try on the last day").click()  # what is answered still knows what it was begun from
    jo.get_by_role("button", name="Save as version 3").click()
    expect(jo.get_by_role("alert")).to_contain_text("kim has saved version 2 meanwhile")
    expect(jo.get_by_label("When")).to_have_value("fraud_score > 70")
    expect(jo.locator("#expression-standing")).to_have_text("kim has saved: fraud_score > 95")
    assert standing(record, rule).expression == "fraud_score > 95"
    assert serious_everywhere(jo) == []

    jo.get_by_role("button", name="Save as version 3").click()  # having seen it
    expect(jo.locator(".history li").first).to_contain_text("jo: version 3")
    assert standing(record, rule).expression == "fraud_score > 70"


def test_all_that_is_wrong_is_told_at_once(jo: Page) -> None:
    jo.goto("/new-rule")
    wrong = {"Id, ": "Not An Id", "When": "severity == 'critical'", "Priority": "x", "Seconds that": "5"}
    for label, value in wrong.items():
        jo.get_by_label(label).fill(value)
    jo.get_by_role("button", name="Save the new rule").click()
    expect(jo.locator("#rule_id-wrong")).to_contain_text("An id is lower-case letters")
    expect(jo.locator("#expression-wrong")).to_contain_text("severity never holds: it is one of HIGH, CRITICAL.")
    expect(jo.locator("#priority-wrong")).to_have_text("A whole number from 0 to 1000 is needed.")
    expect(jo.locator("#action_life_s-wrong")).to_contain_text("A whole number from 60")
    assert [jo.get_by_label(label).input_value() for label in wrong] == list(wrong.values())


@pytest.mark.usefixtures("warehouse")
def test_a_trial_that_tells_nothing_apart_says_so(jo: Page, warehouse: Warehouse) -> None:
    row = {
        "transaction_id": f"TXN_{token_hex(6)}",
        "sender_account_id": "ACC_1",
        "currency": "USD",
        "is_high_risk": True,
    }
    insert(warehouse, "payment_transactions_fraud", row | {"event_time": now() - timedelta(minutes=1)})
    for expression, told in {
        "fraud_score >= 0": "It matched every one of the",
        "sender_account_id == 'nobody'": "It matched none of the",
    }.items():
        jo.get_by_label("When").fill(expression)
        jo.get_by_role("button", name="Try on the last day").click()
        expect(jo.locator("#trial").get_by_role("alert")).to_contain_text(told)


def test_a_rule_is_tried_on_stored_alerts_before_it_is_saved(
    page: Page, record: Versions[Rule], warehouse: Warehouse, store: firestore.Client
) -> None:
    account, payment, rule_id = f"ACC_{token_hex(6)}", f"TXN_{token_hex(6)}", f"r-{token_hex(4)}"
    alert = {"transaction_id": payment, "sender_account_id": account, "currency": "USD", "is_high_risk": True}
    insert(warehouse, "payment_transactions_fraud", alert | {"event_time": now() - timedelta(minutes=1)})
    reviewed = opened(make_alert(transaction_id=payment), Action.MANUAL_REVIEW, "rule:r@1", "why", now())
    decision = {"state": ReviewState.DECIDED, "verdict": Verdict.CONFIRMED_FRAUD, "decided_at": now()}
    Reviews(store).reference(payment).set(to_document(reviewed) | decision)

    page.goto("/new-rule")
    sign_in(page)
    page.get_by_label("Id, ").fill(rule_id)
    page.get_by_label("When").fill(f"sender_account_id == '{account}'")
    page.get_by_role("combobox", name="Action").select_option("BLOCK_CARD")
    page.get_by_role("combobox", name="Mode").select_option("live")
    page.get_by_role("button", name="Try on the last day").click()
    expect(page.get_by_role("row", name="This rule 1 1 0")).to_be_visible()
    expect(page.locator("#trial li")).to_have_text([f"{payment}: nothing → BLOCK CARD"])
    assert serious_everywhere(page) == []
    assert record.find(rule_id) is None

    page.get_by_role("button", name="Save the new rule").click()
    expect(page.locator("h1")).to_contain_text(rule_id)
    held = record.find(rule_id)
    assert held is not None
    assert (held.action, held.mode, held.version, held.author) == (Action.BLOCK_CARD, Mode.LIVE, 1, "jo")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"Id, ": "Not An Id"}, "rule_id"),
        ({"When": "no_such_field > 1"}, "expression"),
        ({"Priority": "x"}, "priority"),
    ],
)
@pytest.mark.parametrize("button", ["Save the new rule", "Try on the last day"])
def test_what_is_wrong_with_a_new_rule_stands_beside_its_field(
    jo: Page, record: Versions[Rule], button: str, changes: dict[str, str], field: str
) -> None:
    rule_id = f"r-{token_hex(4)}"
    jo.goto("/new-rule")
    for label, value in ({"Id, ": rule_id, "When": "fraud_score > 80"} | changes).items():
        jo.get_by_label(label).fill(value)
    jo.get_by_role("button", name=button).click()
    expect(jo.locator(f"#{field}-wrong")).to_be_visible()
    assert record.find(rule_id) is None


def test_a_new_rule_takes_no_other_rules_place(jo: Page, record: Versions[Rule], rule: Rule) -> None:
    jo.goto("/new-rule")
    jo.get_by_label("Id, ").fill(rule.rule_id)
    jo.get_by_label("When").fill("fraud_score > 10")
    jo.get_by_role("button", name="Save the new rule").click()
    expect(jo.locator("#rule_id-wrong")).to_have_text("There is a rule of this id already.")
    assert standing(record, rule) == rule
    assert serious_everywhere(jo) == []
