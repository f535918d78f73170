"""An account's alerts of an hour, counted on a real Redis that the stream's own code has written, and in Firestore."""

from datetime import timedelta
from functools import partial
from secrets import token_hex

import pytest
import redis

from fraud.alerts.alert import Alert
from fraud.cards import CardAction
from fraud.rules.decision import RuleDecision, decide
from fraud.rules.ruleset import rule_set
from fraud_service.cards.record import Cards
from fraud_service.reviews.record import Reviews
from fraud_service.rules.counts import AlertCounts
from fraud_service.rules.decisions import Decisions
from fraud_service.stores.cache import cache_client
from fraud_service.stores.documents import documents
from fraud_stream.sinks.alert_cache import AlertCache
from tests.builders import NOON, make_alert

pytestmark = pytest.mark.usefixtures("redis_server", "firestore", "stack_environment")

NOWHERE = redis.Redis(port=1, socket_connect_timeout=0.2)
HOUR = timedelta(hours=1)
TICK = timedelta(milliseconds=1)


@pytest.fixture
def account() -> str:
    return f"ACC_{token_hex(4)}"


def alert_at(account: str, after: timedelta) -> Alert:
    name = f"TXN_{account}_{after.total_seconds()}"
    return make_alert(transaction_id=name, sender_account_id=account, card_token=token_hex(32), event_time=NOON + after)


def decided(*alerts: Alert) -> None:
    decisions = Decisions(documents(), Cards(documents(), NOWHERE), Reviews(documents()))
    for alert in alerts:
        decisions.settle(alert, partial(no_rules, alert))


def no_rules(alert: Alert, card: CardAction) -> RuleDecision:
    return decide(rule_set([]), alert, 1, card, NOON)


def counted(alert: Alert, cache: redis.Redis) -> int:
    return AlertCounts(documents(), cache).in_hour(alert)


@pytest.mark.parametrize("redis_is_up", [True, False])
def test_those_of_the_hour_up_to_the_alert_count(
    account: str, redis_is_up: bool, stack_environment: dict[str, str]
) -> None:
    offsets = (-HOUR, 2 * TICK - HOUR, -TICK, timedelta(0), TICK, HOUR)
    alerts = [alert_at(account, after) for after in offsets]
    if redis_is_up:
        AlertCache(stack_environment["REDIS_URL"]).write(alerts[:5])
    else:
        decided(*alerts[:3], *alerts[4:])
    cache = cache_client() if redis_is_up else NOWHERE
    assert counted(alerts[3], cache) == 3
    assert counted(alert_at(f"{account}_other", timedelta(0)), cache) == 1


def test_the_alert_itself_counts_even_if_nobody_has_heard_of_it(account: str) -> None:
    assert counted(alert_at(account, timedelta(0)), cache_client()) == 1


def test_the_fuller_of_the_two_records_is_believed(account: str, stack_environment: dict[str, str]) -> None:
    alerts = [alert_at(account, timedelta(minutes=minute)) for minute in range(5)]
    decided(*alerts[:3])
    AlertCache(stack_environment["REDIS_URL"]).write(alerts[3:])
    assert counted(alerts[4], cache_client()) == 4
