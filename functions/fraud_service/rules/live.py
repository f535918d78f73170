"""The rules a process acts by: compiled once for each change, and never older than a second when it is asked.

The record is looked at when a request comes, not in the background: a Cloud Run instance has no processor between
requests, and a listener's thread would sleep through a change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic

import structlog

from fraud.rules.rule import Rule, default_rules
from fraud.rules.ruleset import RuleSet, rule_set
from fraud_service.rules.record import StoredRules
from fraud_service.stores.versions import Versions

MAX_AGE_S = 1.0

log = structlog.get_logger()


@dataclass
class LiveRules:
    """The rule set of a process; threads share it."""

    record: Versions[Rule]
    now: Callable[[], datetime]
    clock: Callable[[], float] = monotonic
    _held: RuleSet | None = None
    _looked_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def current(self) -> RuleSet:
        """Return the rules as they stand, at most a second ago; the default rules stand from the first start on.

        Raises RetryableError while Firestore is down.
        """
        with self._lock:
            if self._held is None or self.clock() - self._looked_at >= MAX_AGE_S:
                began = self.clock()
                self._held = self._newest(self._held)
                self._looked_at = began
            return self._held

    def _newest(self, held: RuleSet | None) -> RuleSet:
        revision = self.record.revision()
        if revision is None:
            self.record.provide(default_rules(), self.now())
        if held is not None and revision == held.revision:
            return held
        return _compiled(self.record.load(), held)


def _compiled(stored: StoredRules, held: RuleSet | None) -> RuleSet:
    """Return the stored rules, and in place of a refused one the version that acted before."""
    acting = held.by_id if held else {}
    kept = [acting[rule_id] for rule_id in stored.refused if rule_id in acting]
    for rule_id in stored.refused:
        log.error("rule_refused", rule_id=rule_id, kept=rule_id in acting)
    log.info("rules_loaded", revision=stored.revision, rules=len(stored.items))
    return rule_set([*stored.items, *kept], stored.revision)
