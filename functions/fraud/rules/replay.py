"""Replaying history through rules: what they would have decided, by the very code that decides about live alerts."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from fraud.alerts.alert import Alert
from fraud.cards import CardAction, undecided
from fraud.rules.decision import RuleDecision, decide
from fraud.rules.facts import COUNT_WINDOW
from fraud.rules.ruleset import RuleSet


def replay(alerts: Iterable[Alert], rules: RuleSet, since: datetime) -> list[RuleDecision]:
    """Return what rules would have decided about each alert from `since` on, in event time.

    Alerts before `since` only count towards `fraud_count`; an hour of them suffices. No card has an action in force at
    `since`, nobody releases one, and each decision is taken at the event time of its alert.
    """
    earliest = {alert.transaction_id: alert for alert in sorted(alerts, key=_moment, reverse=True)}
    ordered = sorted(earliest.values(), key=_moment)
    moments = _moments(ordered)
    cards: dict[str, CardAction] = {}
    decisions = []
    for alert in ordered:
        if alert.event_time >= since:
            card = cards.get(alert.card_token) or undecided(alert.card_token)
            count = _in_hour(moments[alert.sender_account_id], alert.event_time)
            decision = decide(rules, alert, count, card, alert.event_time)
            cards[alert.card_token] = decision.card or card
            decisions.append(decision)
    return decisions


def _moment(alert: Alert) -> tuple[datetime, str]:
    return alert.event_time, alert.transaction_id


def _moments(ordered: Iterable[Alert]) -> Mapping[str, list[datetime]]:
    moments = defaultdict(list)
    for alert in ordered:
        moments[alert.sender_account_id].append(alert.event_time)
    return moments


def _in_hour(moments: list[datetime], until: datetime) -> int:
    return bisect_right(moments, until) - bisect_right(moments, until - COUNT_WINDOW)
