"""A back-test: one or two rule sets replayed over the same history, measured by the same truth."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from fraud.alerts.alert import Alert
from fraud.rules.replay import replay
from fraud.rules.report import Difference, RuleReport, Score, acted_on, differences, report, score
from fraud.rules.ruleset import RuleSet


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What rules would have done from `since` to `until`.

    `labelled` is how many of the alerts have a known truth. `together` is about the alerts on which a live rule asks
    for an action. `against` and `differences` are there where a second rule set was given.
    """

    since: datetime
    until: datetime
    alerts: int
    labelled: int
    rules: list[RuleReport]
    together: Score
    against: Score | None = None
    differences: list[Difference] | None = None


def trial(
    alerts: list[Alert],
    period: tuple[datetime, datetime],
    rules: RuleSet,
    against: RuleSet | None,
    truth: Mapping[str, bool],
) -> Trial:
    """Return what rules would have done about alerts in a period, and how that differs from what `against` does."""
    since, until = period
    decisions = replay(alerts, rules, since)
    names = {decision.transaction_id for decision in decisions}
    known = {name: truth[name] for name in names & truth.keys()}
    outcome = Trial(
        since=since,
        until=until,
        alerts=len(decisions),
        labelled=len(known),
        rules=report(rules, decisions, known),
        together=score(acted_on(decisions), names, known),
    )
    if against is None:
        return outcome
    others = replay(alerts, against, since)
    return msgspec.structs.replace(
        outcome,
        against=score(acted_on(others), names, known),
        differences=differences(others, decisions, known),
    )
