"""What a rule may ask about: the alert, the account's alerts of the last hour, and what holds for the card."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import msgspec

from fraud.alerts.alert import Alert
from fraud.cards import Action

COUNT_WINDOW = timedelta(hours=1)
"""`fraud_count`: the alerts of the account in (t - 1 h, t], t being the event time of this one, itself included."""

NO_ACTION = "NONE"
"""`card_action` of a card on which nothing is in force."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an expression sees; the same facts give the same answer live, in shadow and in a back-test.

    No token or hash is among them: rules are about behaviour, and no card or person can be looked for in a rule.
    """

    type: str
    severity: str
    sender_account_id: str
    receiver_account_id: str
    merchant_id: str
    merchant_category: str
    amount: Decimal
    currency: str
    amount_usd: Decimal
    region: str
    device_id: str
    velocity_60s: int
    velocity_5m: int
    fraud_score: int
    risk_flags: list[str]
    fraud_count: int
    card_action: str


class Kind(StrEnum):
    """The type of a field, or of a part of an expression."""

    NUMBER = "number"
    TEXT = "text"
    TEXTS = "list of texts"
    BOOLEAN = "boolean"


_KINDS = {int: Kind.NUMBER, Decimal: Kind.NUMBER, str: Kind.TEXT, list[str]: Kind.TEXTS}

FIELDS: Mapping[str, Kind] = MappingProxyType(
    {field.name: _KINDS[field.type] for field in msgspec.structs.fields(Facts)}
)
"""The kind of every field."""

_OF_ALERT = tuple(name for name in Facts.__struct_fields__ if name in Alert.__struct_fields__)
_NAMED = ("type", "severity")


def facts_of(alert: Alert, fraud_count: int, in_force: Action | None) -> Facts:
    """Return the facts about an alert, given its account's count and what holds for its card."""
    copied = {name: getattr(alert, name) for name in _OF_ALERT}
    copied |= {name: str(copied[name]) for name in _NAMED}  # a member of an enumeration equals no text in rule-engine
    card_action = in_force.value if in_force else NO_ACTION
    return Facts(**copied, fraud_count=fraud_count, card_action=card_action)
