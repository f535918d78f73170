"""What an alert led to, as it is kept: the rules that matched, what they knew, and what became of the card."""

from datetime import datetime, timedelta

import msgspec

from fraud.alerts.alert import Alert
from fraud.cards import CardAction, is_stronger
from fraud.rules.facts import Facts, facts_of
from fraud.rules.ruleset import Match, RuleSet, evaluate

SCHEMA_VERSION = 1


class RuleDecision(msgspec.Struct, frozen=True, kw_only=True):
    """`decisions/{transaction_id}`: taken once for an alert and never revised.

    `matches` are the live and the shadow rules whose expression held, the strongest first; the first live one is
    `applied`. `card` is the card's new state, None where nothing matched or what was in force is as strong. Times are
    UTC.
    """

    schema_version: int = SCHEMA_VERSION
    transaction_id: str
    card_token: str
    pii_hash: str
    sender_account_id: str
    event_time: datetime
    decided_at: datetime
    rules_revision: int
    facts: Facts
    matches: list[Match]
    applied: Match | None
    card: CardAction | None
    kafka_partition: int | None = None
    kafka_offset: int | None = None


def decide(rules: RuleSet, alert: Alert, fraud_count: int, card: CardAction, now: datetime) -> RuleDecision:
    """Return what to do about an alert, given its account's count and the state of its card at `now`."""
    facts = facts_of(alert, fraud_count, card.in_force(now))
    decision = evaluate(rules, facts)
    return RuleDecision(
        transaction_id=alert.transaction_id,
        card_token=alert.card_token,
        pii_hash=alert.pii_hash,
        sender_account_id=alert.sender_account_id,
        event_time=alert.event_time,
        decided_at=now,
        rules_revision=rules.revision,
        facts=facts,
        matches=decision.matches,
        applied=decision.live,
        card=acted(decision.live, alert, card, now),
        kafka_partition=alert.kafka_partition,
        kafka_offset=alert.kafka_offset,
    )


def acted(match: Match | None, alert: Alert, card: CardAction, now: datetime) -> CardAction | None:
    """Return the card's next state, or None where a match changes nothing: what is in force is as strong."""
    if match is None or not is_stronger(match.action, card, now):
        return None
    life = timedelta(seconds=match.action_life_s) if match.action_life_s else None
    return CardAction(
        card_token=alert.card_token,
        revision=card.revision + 1,
        action=match.action,
        source=match.source,
        reason=match.why,
        transaction_id=alert.transaction_id,
        decided_at=now,
        expires_at=now + life if life else None,
    )
