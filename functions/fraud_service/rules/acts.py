"""What people do about rules, by whichever door they come."""

from dataclasses import dataclass, field

import msgspec

from fraud.errors import AbsentError, ConflictError
from fraud.rules.rule import ModeSwitch, Rule, RuleError, RuleText, Standing, compiled, is_id, signed
from fraud.rules.ruleset import MAX_RULES
from fraud_service import clock
from fraud_service.clock import Clock
from fraud_service.rules.record import rules_of
from fraud_service.stores.documents import documents
from fraud_service.stores.versions import Versions


class Draft(RuleText, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change: the whole rule, and the version it replaces, 0 for a new rule."""

    version: Standing = 0


@dataclass(frozen=True)
class RuleActs:
    """The acts on rules. Every method raises RetryableError while Firestore is down."""

    rules: Versions[Rule] = field(default_factory=lambda: rules_of(documents()))
    now: Clock = clock.now

    def show(self, rule_id: str) -> Rule:
        """Return the version that stands. Raises AbsentError, and RuleError for a document that is no rule."""
        rule = self.rules.find(rule_id) if is_id(rule_id) else None
        if rule is None:
            raise AbsentError("there is no rule of this id")
        return rule

    def drafted(self, rule_id: str, draft: RuleText, person: str) -> Rule:
        """Return a rule as somebody wants it; nothing is kept. Raises RuleError for one that cannot be."""
        if not is_id(rule_id):
            raise RuleError("draft", "rule_id", "an id is lower-case letters, digits, - and _")
        rule = signed(rule_id, draft, person, self.now())
        compiled(rule)
        return rule

    def save(self, rule_id: str, draft: Draft, person: str) -> Rule:
        """Put a rule in the place of the version it names. Raises RuleError, VersionConflictError and ConflictError."""
        rule = self.drafted(rule_id, draft, person)
        if draft.version == 0 and len(self.rules.load().items) >= MAX_RULES:
            raise ConflictError(f"there are {MAX_RULES} rules already: change one instead")
        return self.rules.change(rule, draft.version)

    def switch(self, rule_id: str, switch: ModeSwitch, person: str) -> Rule:
        """Put a rule's next version, which differs in its mode. Raises AbsentError, RuleError, VersionConflictError."""
        text = msgspec.structs.replace(self.show(rule_id), mode=switch.mode)
        return self.rules.change(signed(rule_id, text, person, self.now()), switch.version)
