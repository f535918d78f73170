"""What is known of a payment when it is judged: the columns of its stored row, but for tokens and hashes.

No token or hash is among them: detections and rules are about behaviour, and no card or person can be looked for in
one. A fact that is None is unknown: there was nobody to tell it, or it is not kept for such a payment.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta, inspect

_IN_HOUR = "in the hour up to this one"
_IN_TEN = "in the ten minutes up to this one; unknown where this one is no test-like payment (docs/rules.md)"


class PaymentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted payment; what it leaves out is unknown."""

    sender_account_id: Annotated[str, Meta(description="who pays")]
    receiver_account_id: Annotated[str, Meta(description="who is paid")]
    merchant_id: Annotated[str, Meta(description="where the payment was made")]
    merchant_category: Annotated[str, Meta(description="MCC of four digits (ISO 18245)")]
    amount: Annotated[Decimal, Meta(description="in `currency`, exact")]
    currency: Annotated[str, Meta(description="ISO 4217 code")]
    amount_usd: Annotated[Decimal, Meta(description="in US dollars by the reference rates, to the cent")]
    region: Annotated[str, Meta(description="where the payer was")]
    device_id: Annotated[str, Meta(description="the payer's device")]
    ip_address: Annotated[str | None, Meta(description="the payer's network, /24 or /48")] = None
    status: Annotated[str | None, Meta(description="`PENDING`, `APPROVED` or `DECLINED`, as the payment says")] = None
    velocity_60s: Annotated[int, Meta(description="the account's payments in the 60 s up to this one")]
    velocity_5m: Annotated[int, Meta(description="likewise in five minutes")]
    velocity_complete: Annotated[bool | None, Meta(description="whether those two missed nothing")] = None
    geographic_risk: Annotated[
        bool | None, Meta(description="the region differs from the account's previous one within five minutes")
    ] = None
    device_risk: Annotated[bool | None, Meta(description="three or more devices of the account in five minutes")] = None
    card_count_1h: Annotated[int | None, Meta(description=f"the card's payments {_IN_HOUR}")] = None
    card_accounts_1h: Annotated[int | None, Meta(description=f"accounts that paid with the card {_IN_HOUR}")] = None
    device_cards_1h: Annotated[int | None, Meta(description=f"cards on the device {_IN_HOUR}")] = None
    device_accounts_1h: Annotated[int | None, Meta(description=f"accounts on the device {_IN_HOUR}")] = None
    network_test_cards_10m: Annotated[int | None, Meta(description=f"cards tested from the network {_IN_TEN}")] = None
    merchant_test_cards_10m: Annotated[int | None, Meta(description=f"cards tested at the merchant {_IN_TEN}")] = None
    bin_test_cards_10m: Annotated[int | None, Meta(description=f"cards of the issuer's range tested {_IN_TEN}")] = None
    merchant_declined_10m: Annotated[int | None, Meta(description="of those at the merchant, declined")] = None
    bin_declined_10m: Annotated[int | None, Meta(description="of those of the issuer's range, declined")] = None
    card_small_1h: Annotated[
        int | None, Meta(description="the card's payments of at most 2 USD in the hour before this one")
    ] = None
    card_declines_1h: Annotated[int | None, Meta(description="the card's declines in the hour before this one")] = None
    account_usd_1h: Annotated[Decimal | None, Meta(description=f"what the account paid {_IN_HOUR}, in US dollars")] = (
        None
    )
    card_usd_1h: Annotated[Decimal | None, Meta(description=f"what was paid with the card {_IN_HOUR}, likewise")] = None
    known_device: Annotated[
        bool | None, Meta(description="the account has used the device before the last midnight UTC")
    ] = None
    known_merchant: Annotated[bool | None, Meta(description="likewise, has paid the merchant")] = None
    days_since_last: Annotated[float | None, Meta(description="days since the account's payment before")] = None
    amount_to_habit: Annotated[float | None, Meta(description="the amount over what the account usually pays")] = None
    features_complete: Annotated[
        bool | None, Meta(description="whether counts and sums by card, device, network and merchant missed nothing")
    ] = None
    list_hits: Annotated[list[str], Meta(description="the lists that the payment is on, such as `BLOCK device`")] = (
        msgspec.field(default_factory=list)
    )
    fraud_probability: Annotated[float | None, Meta(description="what the classifier says, 0 to 1")] = None


class Kind(StrEnum):
    """The type of a field, or of a part of an expression."""

    NUMBER = "number"
    TEXT = "text"
    TEXTS = "list of texts"
    BOOLEAN = "boolean"


_KINDS = {
    inspect.IntType: Kind.NUMBER,
    inspect.DecimalType: Kind.NUMBER,
    inspect.FloatType: Kind.NUMBER,
    inspect.StrType: Kind.TEXT,
    inspect.ListType: Kind.TEXTS,
    inspect.BoolType: Kind.BOOLEAN,
}


def kinds_of(facts: type[msgspec.Struct]) -> Mapping[str, Kind]:
    """Return the kind of every field of a struct of facts."""
    described = inspect.type_info(facts)
    assert isinstance(described, inspect.StructType)  # noqa: S101  it is told so
    return MappingProxyType({field.name: _kind(field.type) for field in described.fields})


def _kind(described: inspect.Type) -> Kind:
    match described:
        case inspect.Metadata():
            return _kind(described.type)
        case inspect.UnionType():
            return next(_kind(one) for one in described.types if not isinstance(one, inspect.NoneType))
    return _KINDS[type(described)]


FIELDS = kinds_of(PaymentFacts)
"""The kind of every fact of a payment."""


def descriptions_of(facts: type[msgspec.Struct]) -> Mapping[str, str]:
    """Return what every field of a struct of facts means, in words."""
    described = inspect.type_info(facts)
    assert isinstance(described, inspect.StructType)  # noqa: S101  it is told so
    return {field.name: _description(field.type) for field in described.fields}


def _description(described: inspect.Type) -> str:
    assert isinstance(described, inspect.Metadata)  # noqa: S101  each has words
    return str((described.extra_json_schema or {})["description"])
