"""What a rule may ask about: the alert, the account's alerts of the last hour, and what holds for the card."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from fraud.alerts.alert import Alert
from fraud.cards import Action
from fraud.scoring.facts import PaymentFacts, kinds_of

COUNT_WINDOW = timedelta(hours=1)
"""`fraud_count`: the alerts of the account in (t - 1 h, t], t being the event time of this one, itself included."""

NO_ACTION = "NONE"
"""`card_action` of a card on which nothing is in force."""


class Facts(PaymentFacts, frozen=True, kw_only=True):
    """Everything an expression sees; the same facts give the same answer live, in shadow and in a back-test.

    What a decision of an earlier release does not hold is unknown.
    """

    type: Annotated[str, Meta(description="what raised the alert: `VELOCITY`, `HIGH_RISK` or `DETECTION`")]
    severity: Annotated[str, Meta(description="`HIGH` or `CRITICAL`")]
    fraud_score: Annotated[int, Meta(description="0 to 100")]
    risk_flags: Annotated[list[str], Meta(description="the flags raised, such as `HIGH_AMOUNT`")]
    fraud_count: Annotated[
        int, Meta(description="the account's alerts within the hour up to this one, which counts too")
    ]
    card_action: Annotated[str, Meta(description="what is in force for the card: an action, or `NONE`")]


FIELDS = kinds_of(Facts)
"""The kind of every field."""

_OF_ALERT = tuple(name for name in Facts.__struct_fields__ if name in Alert.__struct_fields__)
_NAMED = ("type", "severity")


def facts_of(alert: Alert, fraud_count: int, in_force: Action | None) -> Facts:
    """Return the facts about an alert, given its account's count and what holds for its card."""
    copied = {name: getattr(alert, name) for name in _OF_ALERT}
    copied |= {name: str(copied[name]) for name in _NAMED}  # a member of an enumeration equals no text in rule-engine
    card_action = in_force.value if in_force else NO_ACTION
    return Facts(**copied, fraud_count=fraud_count, card_action=card_action)
