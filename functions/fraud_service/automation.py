"""What automation_rules is pushed: alerts, about which the rules decide."""

from collections.abc import Mapping
from functools import cache

from fraud.rule_decision import decide
from fraud_service.alert_counts import AlertCounts
from fraud_service.alert_message import read_alert
from fraud_service.cards import Cards
from fraud_service.clients import cache_client, documents
from fraud_service.clock import now
from fraud_service.decisions import Decisions
from fraud_service.live_rules import LiveRules
from fraud_service.push import PushMessage, push_endpoint
from fraud_service.reviews import Reviews
from fraud_service.router import Endpoint
from fraud_service.rules import Rules

ALERT_DEAD_LETTER_TOPIC = "fraud-alerts-dead-letter"


@cache
def live_rules() -> LiveRules:
    """Return the rules of this process."""
    return LiveRules(Rules(documents()), now)


def check_ready() -> None:
    """Load the rules, the default ones on the very first start; raises what that raises."""
    live_rules().current()


def decide_on(message: PushMessage) -> None:
    """Decide about an alert's card, once, and announce what changed; repeated, it announces the same again.

    Raises PermanentError for what is no alert, SubjectErasedError where its payment was erased, RetryableError while a
    store is down.
    """
    alert = read_alert(message)
    cards = Cards(documents(), cache_client())
    rules, fraud_count = live_rules().current(), AlertCounts(documents(), cache_client()).in_hour(alert)
    decisions = Decisions(documents(), cards, Reviews(documents()))
    decision = decisions.settle(alert, lambda card: decide(rules, alert, fraud_count, card, now()))
    if decision.card:
        cards.announce(decision.card)


ROUTES: Mapping[str, Endpoint] = {"POST /": push_endpoint(decide_on, ALERT_DEAD_LETTER_TOPIC)}
