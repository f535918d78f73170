"""What automation_rules is pushed: alerts, about which the rules decide."""

from collections.abc import Mapping
from functools import cache

from fraud.rules.decision import decide
from fraud_service.alerts.messages import DEAD_LETTER_TOPIC, read_alert
from fraud_service.cards.record import Cards
from fraud_service.clock import now
from fraud_service.http.router import Endpoint
from fraud_service.pubsub.push import PushMessage, push_endpoint
from fraud_service.reviews.record import Reviews
from fraud_service.rules.counts import AlertCounts
from fraud_service.rules.decisions import Decisions
from fraud_service.rules.live import LiveRules
from fraud_service.rules.record import rules_of
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents


@cache
def live_rules() -> LiveRules:
    """Return the rules of this process."""
    return LiveRules(rules_of(documents()), now)


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


ROUTES: Mapping[str, Endpoint] = {"POST /": push_endpoint(decide_on, DEAD_LETTER_TOPIC)}
