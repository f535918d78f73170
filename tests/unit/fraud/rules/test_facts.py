from types import NoneType

from fraud.cards import Action
from fraud.rules.facts import FIELDS, NO_ACTION, facts_of
from fraud.scoring.facts import Kind
from tests.builders import make_alert


def test_facts_are_the_alerts_the_accounts_and_the_cards() -> None:
    alert = make_alert(fraud_score=81, region="DE-BE")
    facts = facts_of(alert, 4, Action.REQUIRE_3DS)
    assert (facts.fraud_score, facts.region, facts.fraud_count, facts.card_action) == (81, "DE-BE", 4, "REQUIRE_3DS")
    assert facts_of(alert, 4, None).card_action == NO_ACTION


def test_every_field_has_a_kind_and_none_tells_a_card() -> None:
    assert FIELDS["amount"] is FIELDS["fraud_count"] is Kind.NUMBER
    assert FIELDS["risk_flags"] is Kind.TEXTS
    assert not {"card_token", "pii_hash", "transaction_id"} & set(FIELDS)


def test_texts_are_plain_texts() -> None:
    facts = facts_of(make_alert(), 1, Action.BLOCK_CARD)
    assert {type(getattr(facts, name)) for name, kind in FIELDS.items() if kind is Kind.TEXT} <= {str, NoneType}
