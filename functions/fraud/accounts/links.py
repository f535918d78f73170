"""What accounts have in common: cards, devices, networks, receivers, and who else is at each of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

import msgspec

PERIOD = timedelta(days=30)
"""How far back one looks."""

MOST_SHARED = 200
"""Most cards, devices, networks and receivers of one account that are looked at, those used last."""

MOST_ACCOUNTS = 20
"""Most other accounts named of each of them, those seen last; `accounts` always has the full number."""


class LinkKind(StrEnum):
    """What two accounts may share."""

    CARD = "CARD"
    DEVICE = "DEVICE"
    NETWORK = "NETWORK"
    RECEIVER = "RECEIVER"


class Other(msgspec.Struct, frozen=True):
    """Another account, how many payments it made at what is shared, and when the last of them."""

    account: str
    payments: int
    last: datetime


class Shared(msgspec.Struct, frozen=True):
    """What the account used: how often, when last, and by how many others it was used.

    `value` is a card's token, else the name itself; `name` is what a person may read of it, a card masked.
    """

    kind: LinkKind
    value: str
    name: str
    payments: int
    last: datetime
    accounts: int
    others: list[Other]


class LinkedAccount(msgspec.Struct, frozen=True):
    """Another account: what it shares with this one, by kind and name, the strongest kind first."""

    account: str
    shares: list[tuple[LinkKind, str]]
    last: datetime


class Links(msgspec.Struct, frozen=True):
    """An account's links since a moment: what it shares, and with whom, the most closely linked first."""

    account: str
    since: datetime
    shared: list[Shared]
    accounts: list[LinkedAccount]


class Sighting(msgspec.Struct, frozen=True):
    """One of the account's cards, devices, networks or receivers beside one other account, if there is any."""

    kind: LinkKind
    value: str
    name: str
    payments: int
    last: datetime
    accounts: int
    other: str | None = None
    other_payments: int | None = None
    other_last: datetime | None = None


def links(account: str, since: datetime, sightings: Iterable[Sighting]) -> Links:
    """Return an account's links, given what it used beside each other account."""
    ordered = sorted(sightings, key=_place)
    shared = [_shared(list(group)) for _, group in groupby(ordered, key=lambda one: (one.kind, one.value))]
    return Links(account, since, shared, linked_accounts(shared))


def _place(one: Sighting) -> tuple[int, float, str]:
    return tuple(LinkKind).index(one.kind), -one.last.timestamp(), one.value


def _shared(group: list[Sighting]) -> Shared:
    first = group[0]
    others = [
        Other(one.other, one.other_payments, one.other_last)
        for one in group
        if one.other is not None and one.other_payments is not None and one.other_last is not None
    ]
    others.sort(key=lambda other: (-other.last.timestamp(), other.account))
    return Shared(first.kind, first.value, first.name, first.payments, first.last, first.accounts, others)


def linked_accounts(shared: Iterable[Shared]) -> list[LinkedAccount]:
    """Return the other accounts: those that share most, and of these the ones seen last, come first."""
    found: dict[str, LinkedAccount] = {}
    for one in shared:
        for other in one.others:
            known = found.get(other.account) or LinkedAccount(other.account, [], other.last)
            shares = [*known.shares, (one.kind, one.name)]
            found[other.account] = LinkedAccount(other.account, shares, max(known.last, other.last))
    return sorted(found.values(), key=lambda one: (-len(one.shares), -one.last.timestamp(), one.account))
