"""A rule changed in the browser, as the record has it afterwards."""

from secrets import token_hex

import pytest
from google.cloud import firestore
from playwright.sync_api import Page, expect

from fraud.card_action import Action
from fraud.rule import Mode, Rule
from fraud_service.clock import now
from fraud_service.rules import Rules
from tests.integration.fraud_dashboard.conftest import sign_in


@pytest.fixture
def record(store: firestore.Client) -> Rules:
    return Rules(store)


@pytest.fixture
def rule(record: Rules) -> Rule:
    wanted = Rule(
        rule_id=f"r-{token_hex(4)}", expression="fraud_score > 80", action=Action.MANUAL_REVIEW, changed_at=now()
    )
    return record.change(wanted, 0)


@pytest.fixture
def jo(page: Page, rule: Rule) -> Page:
    page.goto(f"/rules/{rule.rule_id}")
    sign_in(page)
    return page


def standing(record: Rules, rule: Rule) -> Rule:
    found = record.find(rule.rule_id)
    assert found is not None
    return found


def test_a_rule_is_switched_and_edited(jo: Page, record: Rules, rule: Rule) -> None:
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
    jo: Page, record: Rules, rule: Rule, label: str, value: str, field: str
) -> None:
    jo.get_by_label(label).fill(value)
    jo.get_by_role("button", name="Save as version 2").click()
    expect(jo.locator(f"#{field}-wrong")).to_be_visible()
    expect(jo.get_by_label(label)).to_have_value(value)
    assert standing(record, rule) == rule


def test_a_change_to_another_version_is_refused(jo: Page, record: Rules, rule: Rule) -> None:
    record.change(rule, 1)
    jo.get_by_role("button", name="Switch to off").click()
    expect(jo.get_by_role("alert")).to_contain_text("someone else has changed the rule meanwhile")
    assert standing(record, rule).mode is Mode.LIVE
