"""What people do about rules."""

from fraud.rules.rule import Rule, RuleText, Standing
from fraud.rules.ruleset import MAX_RULES
from fraud_service.drafts import DraftActs
from fraud_service.rules.record import rules_of
from fraud_service.stores.documents import documents


class Draft(RuleText, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change: the whole rule, and the version it replaces, 0 for a new rule."""

    version: Standing = 0


def rule_acts() -> DraftActs[Rule]:
    """Return the acts on rules."""
    return DraftActs(rules_of(documents()), MAX_RULES)
