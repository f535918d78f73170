"""A detection tried on the accepted payments of the last day before it is kept: what it would have hit."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from fraud.detections.detection import Detection
from fraud.detections.judgement import covers, is_hit
from fraud.detections.reason import wording
from fraud.reviews import verdicts
from fraud.rules.report import Score, score
from fraud.rules.rule import Mode
from fraud.scoring.facts import PaymentFacts
from fraud_service.reviews.record import Reviews
from fraud_service.stores.warehouse import Warehouse

PERIOD = timedelta(days=1)
MOST_PAYMENTS = 20_000
PATIENCE_S = 10.0
EXAMPLES = 20
_FACTS = PaymentFacts.__struct_fields__
_QUERY = (
    f"select transaction_id, event_time, coalesce(is_alert, is_velocity_fraud or is_high_risk) as alerted, "  # noqa: S608
    f"{', '.join(_FACTS)} from payment_transactions_fraud "
    "where event_time >= @since and event_time < @until order by event_time desc limit @most"
)


class Example(msgspec.Struct, frozen=True):
    """A payment that it would have hit, and why; `alerted` tells whether the payment raised an alert as it was."""

    transaction_id: str
    event_time: datetime
    sender_account_id: str
    alerted: bool
    reason: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a detection would have done, were it live for everybody.

    `score` is of its hits among the `payments` that were tried, the latest of the period, by what people found in
    reviews; `alerted` of the hits raised an alert as they were, the others are `new_alerts` if it alerts by itself.
    `covered` would be judged under its rollout.
    """

    since: datetime
    until: datetime
    payments: int
    covered: int
    score: Score
    alerted: int
    new_alerts: int
    examples: list[Example]


def tried(detection: Detection, warehouse: Warehouse, reviews: Reviews, until: datetime) -> Trial:
    """Return what a detection would have done in the day before a moment. Raises RetryableError without a store."""
    since = until - PERIOD
    truth = verdicts(reviews.decided_since(since))
    rows = list(warehouse.ask(_QUERY, PATIENCE_S, since=since, until=until, most=MOST_PAYMENTS))
    asked = msgspec.structs.replace(detection, mode=Mode.LIVE, rollout_from=0, rollout_until=100)
    hits = [(row, facts) for row in rows if is_hit(asked, facts := facts_of(row))]
    alerted = sum(bool(row["alerted"]) for row, _ in hits)
    return Trial(
        since=since,
        until=until,
        payments=len(rows),
        covered=sum(covers(detection, row["sender_account_id"]) for row in rows),
        score=score({row["transaction_id"] for row, _ in hits}, {row["transaction_id"] for row in rows}, truth),
        alerted=alerted,
        new_alerts=len(hits) - alerted if detection.alerts_alone else 0,
        examples=[_example(detection, row, facts) for row, facts in hits[:EXAMPLES]],
    )


def facts_of(row: Mapping[str, Any]) -> PaymentFacts:
    """Return what a stored row tells of a payment."""
    return PaymentFacts(**{name: row[name] for name in _FACTS})


def _example(detection: Detection, row: Mapping[str, Any], facts: PaymentFacts) -> Example:
    reason = wording(detection).reason(lambda name: getattr(facts, name))
    return Example(row["transaction_id"], row["event_time"], row["sender_account_id"], bool(row["alerted"]), reason)
