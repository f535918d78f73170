"""A rule tried out on the alerts of the last day before it is kept: what it would have done, and what would change."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from fraud.reviews import verdicts
from fraud.rules.facts import COUNT_WINDOW
from fraud.rules.report import RuleReport
from fraud.rules.rule import Rule
from fraud.rules.ruleset import rule_set
from fraud.rules.trial import Trial, trial
from fraud_service.clock import now
from fraud_service.reviews.record import Reviews
from fraud_service.rules.history import latest_alerts
from fraud_service.stores.documents import documents
from fraud_service.stores.warehouse import warehouse

PERIOD = timedelta(days=1)
MOST_ALERTS = 2_000
MOST_QUESTIONS = 40_000
"""How often an expression may be held against an alert, so that nobody waits long: with many rules, fewer alerts."""

PATIENCE_S = 10.0


class Tried(msgspec.Struct, frozen=True):
    """What the rule would have done, what all rules together with it, compared with those that stand.

    `is_cut`: there were more alerts than are tried, these are the latest.
    """

    rule: RuleReport
    trial: Trial
    is_cut: bool


def tried(wanted: Rule, standing: Sequence[Rule]) -> Tried:
    """Try a rule in the place of the one of its id. Raises RetryableError while a store is out of reach."""
    others = [rule for rule in standing if rule.rule_id != wanted.rule_id]
    most = min(MOST_ALERTS, MOST_QUESTIONS // (len(others) + 1))
    until = now()
    since = until - PERIOD
    alerts = latest_alerts(warehouse(), since - COUNT_WINDOW, until, most, PATIENCE_S)
    is_cut = len(alerts) == most
    if is_cut:  # the first hour of what is there only counts towards the rest
        since = max(since, alerts[-1].event_time + COUNT_WINDOW)
    sets = rule_set([*others, wanted]), rule_set(standing)
    outcome = trial(alerts, (since, until), *sets, verdicts(Reviews(documents()).decided_since(since)))
    return Tried(next(one for one in outcome.rules if one.rule_id == wanted.rule_id), outcome, is_cut)
